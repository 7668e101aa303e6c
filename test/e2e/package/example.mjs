// The same example as in example.cjs, in an ES module.
/* oxlint-disable no-unused-vars */
import Redis from 'ioredis'
import Koa from 'koa'
import sessions from 'koa-redis-session-sets'

export const client = Redis.createClient(process.env.REDIS_URL)
export const app = new Koa()
const Session = sessions(app, {
  client,
  references: {
    user_id: {},
  },
})

app.use(Session)

app.use(async (ctx, next) => {
  // get the session
  let session = await ctx.session.get()
  // update the session
  await ctx.session.set({
    user_id: 1,
  })
  // get the session object with latest keys
  session = await ctx.session.get()
  ctx.status = 204
})

export async function later() {
  const key = Session.getReferenceKey('user_id', 1)
  const session_ids = await client.smembers(key)
  await Promise.all(
    session_ids.map((session_id) => {
      // deletes the session and removes the session from all the referenced sets
      return Session.store.delete(session_id)
    }),
  )
}
