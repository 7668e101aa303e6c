import Koa from 'koa'
import session from 'koa-generic-session'
import redisStore from 'koa-redis'
import { serve } from './koa.mjs'

export function start({ nodes }) {
  const app = new Koa()
  app.keys = ['keys', 'keykeys']
  app.use(session({ store: redisStore(nodes[0]) }))

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
