/**
 * The application, the same with each library. `session` is what the library offers in this request: `read()`,
 * `set(field)`, `signIn(user)`, `signOut()` and, if it can, `endAll(user)`.
 */
export async function answer(url, session, turns) {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const value = searchParams.get('value')
  switch (pathname) {
    case '/none':
      return {}
    case '/read':
      return session.read()
    case '/visit':
      await session.set(value)
      return {}
    case '/write': {
      const { user_id } = await session.read()
      if (user_id === undefined) return { refused: true }
      await session.set(value)
      return {}
    }
    case '/sign-in':
      // The password is checked here.
      await turns.step('password')
      await session.signIn(value)
      return {}
    case '/sign-out':
      await session.signOut()
      return {}
    case '/end-all':
      await session.endAll(value)
      return {}
    default:
      throw new Error(`There is no ${pathname}`)
  }
}

/** A request listener of a Koa application with a library's middleware. */
export function listenerOf(app, turns, sessionOf) {
  app.silent = true
  app.use(async (ctx) => {
    ctx.body = await answer(ctx.url, sessionOf(ctx), turns)
  })
  return app.callback()
}

/** `endAll` and `list` for a store of express-session: it reads all sessions of all users. */
export function byScan(store) {
  const all = () =>
    new Promise((resolve, reject) => {
      void store.all((error, sessions) => (error ? reject(error) : resolve(sessions)))
    })
  const list = async (user) =>
    (await all()).filter(({ user_id }) => user_id === user).map(({ id }) => id)
  const endAll = async (user) => {
    for (const id of await list(user)) {
      await new Promise((resolve, reject) => {
        void store.destroy(id, (error) => (error ? reject(error) : resolve()))
      })
    }
  }
  return { list, endAll }
}

/** A client of node-redis for connect-redis, each of whose commands is a step. */
export function steppedForConnectRedis(client, turns) {
  const step =
    (name) =>
    (...args) =>
      turns.step(name, () => client[name](...args))
  return {
    get: step('get'),
    set: step('set'),
    del: step('del'),
    expire: step('expire'),
    mGet: step('mGet'),
    async *scanIterator(options) {
      await turns.step('scan')
      yield* client.scanIterator(options)
    },
  }
}
