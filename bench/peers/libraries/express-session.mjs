import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'
import { answer, byScan, steppedForConnectRedis } from './routes.mjs'

export const packages = ['express-session', 'connect-redis']

export async function open({ node, turns }) {
  const app = express()
  // Express prints no errors then.
  app.set('env', 'test')
  const client = createClient({ socket: node })
  client.on('error', () => {})
  await client.connect()
  const store = new RedisStore({ client: steppedForConnectRedis(client, turns), prefix: 'myapp:' })
  app.use(session({ store, resave: false, saveUninitialized: false, secret: 'keyboard cat' }))
  const { list, endAll } = byScan(store)
  app.use(async (req, res) => {
    const own = {
      read: () => req.session,
      set(field) {
        req.session[field] = 1
      },
      signIn(user) {
        req.session.user_id = user
      },
      signOut: () =>
        new Promise((resolve, reject) => {
          req.session.destroy((error) => (error ? reject(error) : resolve()))
        }),
      endAll,
    }
    res.json(await answer(req.url, own, turns))
  })
  return {
    listener: app,
    idOf: (cookie) => /=s%3A([^.]+)\./.exec(cookie)[1],
    list,
    close: async () => client.destroy(),
  }
}
