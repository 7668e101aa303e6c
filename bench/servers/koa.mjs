/**
 * Serves the four routes with a Koa application. The functions take `ctx` and return the body; `login`
 * also takes the number of the user, each of whom signs in once.
 */
export function serve(app, { read, write, login }) {
  let users = 0
  app.use(async (ctx) => {
    switch (ctx.path) {
      case '/none':
        ctx.body = 'none'
        break
      case '/read':
        ctx.body = await read(ctx)
        break
      case '/write':
        ctx.body = await write(ctx)
        break
      case '/login':
        ctx.body = await login(ctx, ++users)
        break
    }
  })
  return app.listen(0, '127.0.0.1')
}
