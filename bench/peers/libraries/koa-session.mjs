import { Redis } from 'ioredis'
import Koa from 'koa'
import session from 'koa-session'
import { stepped } from '../turns.mjs'
import { listenerOf } from './routes.mjs'

export const packages = ['koa-session']

export async function open({ node, turns }) {
  const app = new Koa()
  const client = stepped(new Redis(node), turns)
  client.on('error', () => {})
  app.keys = ['some secret hurr']
  const store = {
    get: async (key) => JSON.parse(await client.get(key)),
    set: (key, value, maxAge) => client.set(key, JSON.stringify(value), 'PX', maxAge),
    destroy: (key) => client.del(key),
  }
  app.use(session({ store, prefix: 'session:', maxAge: 86_400_000, secure: false }, app))
  return {
    listener: listenerOf(app, turns, (ctx) => sessionOf(ctx)),
    idOf: (cookie) => /koa\.sess=([^;]+)/.exec(cookie)[1],
    close: async () => client.disconnect(),
  }
}

export function sessionOf(ctx) {
  return {
    read: () => ctx.session,
    set(field) {
      ctx.session[field] = 1
    },
    signIn(user) {
      ctx.session.user_id = user
    },
    signOut() {
      ctx.session = null
    },
  }
}
