import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'
import { OFTEN } from '../lib/servers.mjs'

export async function start({ nodes }) {
  const app = express()
  const client = createClient({ socket: nodes[0] })
  await client.connect()
  app.use(
    session({
      store: new RedisStore({ client, prefix: 'myapp:' }),
      resave: false,
      saveUninitialized: false,
      secret: 'keyboard cat',
    }),
  )

  let users = 0
  app.get('/none', (req, res) => res.send('none'))
  app.get('/read', (req, res) => res.send(String(req.session.user_id)))
  app.get('/write', (req, res) => {
    req.session.count = (req.session.count ?? 0) + 1
    res.send(String(req.session.count))
  })
  app.get('/login', (req, res) => {
    req.session.user_id = ++users
    res.send(String(users))
  })
  app.get('/login25', (req, res) => {
    req.session.user_id = 1 + (++users % OFTEN.users)
    res.send(String(req.session.user_id))
  })
  return app.listen(0, '127.0.0.1')
}
