import Koa from 'koa'
// `npm run bench` builds it.
import sessions from '../../dist/entry/import.mjs'
import { connect } from './client.mjs'
import { serve } from './koa.mjs'

export function start(redis) {
  const app = new Koa()
  app.use(sessions(app, { client: connect(redis), references: { user_id: {} } }))

  return serve(app, {
    async read(ctx) {
      const { user_id } = await ctx.session.get()
      return user_id
    },
    async write(ctx) {
      const { count = 0 } = await ctx.session.get()
      const next = String(Number(count) + 1)
      await ctx.session.set({ count: next })
      return next
    },
    async login(ctx, user) {
      await ctx.session.set({ user_id: user })
      return String(user)
    },
  })
}
