import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { RedisStore } from 'connect-redis'
import fastify from 'fastify'
import { createClient } from 'redis'
import { answer, byScan, steppedForConnectRedis } from './routes.mjs'

export const packages = ['@fastify/session', '@fastify/cookie', 'connect-redis']

export async function open({ node, turns }) {
  const app = fastify()
  const client = createClient({ socket: node })
  client.on('error', () => {})
  await client.connect()
  const store = new RedisStore({ client: steppedForConnectRedis(client, turns), prefix: 'myapp:' })
  app.register(cookie)
  app.register(session, {
    store,
    secret: 'a secret with minimum length of 32 characters',
    // A secure cookie needs TLS.
    cookie: { secure: false },
  })
  const { list, endAll } = byScan(store)
  app.get('/*', (request) => {
    const own = {
      read: () => ({ ...request.session, user_id: request.session.user_id }),
      set(field) {
        request.session[field] = 1
      },
      signIn(user) {
        request.session.user_id = user
      },
      signOut: () => request.session.destroy(),
      endAll,
    }
    return answer(request.url, own, turns)
  })
  await app.ready()
  return {
    listener: (req, res) => app.routing(req, res),
    idOf: (text) => /=([^.]+)\./.exec(text)[1],
    list,
    async close() {
      await app.close()
      client.destroy()
    },
  }
}
