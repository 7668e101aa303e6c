import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { RedisStore } from 'connect-redis'
import fastify from 'fastify'
import { createClient } from 'redis'
import { OFTEN } from '../lib/servers.mjs'

export async function start({ nodes }) {
  const app = fastify()
  const client = createClient({ socket: nodes[0] })
  await client.connect()
  app.register(cookie)
  app.register(session, {
    store: new RedisStore({ client, prefix: 'myapp:' }),
    secret: 'a secret with minimum length of 32 characters',
    // A secure cookie needs TLS.
    cookie: { secure: false },
  })

  let users = 0
  app.get('/none', (request, reply) => reply.send('none'))
  app.get('/read', (request, reply) => reply.send(String(request.session.user_id)))
  app.get('/write', (request, reply) => {
    request.session.count = (request.session.count ?? 0) + 1
    reply.send(String(request.session.count))
  })
  app.get('/login', (request, reply) => {
    request.session.user_id = ++users
    reply.send(String(users))
  })
  app.get('/login25', (request, reply) => {
    request.session.user_id = 1 + (++users % OFTEN.users)
    reply.send(String(request.session.user_id))
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}
