import Koa from 'koa'
import session from 'koa-session'
import { connect } from './client.mjs'
import { serve } from './koa.mjs'

export function start(redis) {
  const app = new Koa()
  const client = connect(redis)
  app.keys = ['some secret hurr']
  const store = {
    get: async (key) => JSON.parse(await client.get(key)),
    set: (key, value, maxAge) => client.set(key, JSON.stringify(value), 'PX', maxAge),
    destroy: (key) => client.del(key),
  }
  // The defaults, with what an external store needs; `secure` would need TLS.
  app.use(session({ store, prefix: 'session:', maxAge: 86_400_000, secure: false }, app))

  return serve(app, {
    read: (ctx) => String(ctx.session.user_id),
    write(ctx) {
      ctx.session.count = (ctx.session.count ?? 0) + 1
      return String(ctx.session.count)
    },
    login(ctx, user) {
      ctx.session.user_id = user
      return String(user)
    },
  })
}
