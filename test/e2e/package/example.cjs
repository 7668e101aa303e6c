// The example that newcomers know, word for word but for the address of Redis and what surrounds
// "later", so that one file serves Node's `require` and Jest's.
/* oxlint-disable no-unused-vars */
const Koa = require('koa')
const client = require('ioredis').createClient(process.env.REDIS_URL)
const app = new Koa()
const Session = require('koa-redis-session-sets')(app, {
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

async function later() {
  const key = Session.getReferenceKey('user_id', 1)
  const session_ids = await client.smembers(key)
  await Promise.all(
    session_ids.map((session_id) => {
      // deletes the session and removes the session from all the referenced sets
      return Session.store.delete(session_id)
    }),
  )
}

module.exports = { app, client, later }
