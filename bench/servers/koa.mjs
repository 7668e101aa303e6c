import { OFTEN } from '../lib/servers.mjs'

/**
 * Serves the routes with a Koa application. The functions take `ctx` and return the body; `login` also takes the
 * number of the user: at `/login` each signs in once, at `/login25` again and again.
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
      case '/login25':
        ctx.body = await login(ctx, 1 + (++users % OFTEN.users))
        break
    }
  })
  return app.listen(0, '127.0.0.1')
}
