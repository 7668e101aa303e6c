import Koa from 'koa'
import session from 'koa-generic-session'
import redisStore from 'koa-redis'
import { stepped } from '../turns.mjs'
import { sessionOf } from './koa-session.mjs'
import { listenerOf } from './routes.mjs'

export const packages = ['koa-generic-session', 'koa-redis']

export async function open({ node, turns }) {
  const app = new Koa()
  app.keys = ['keys', 'keykeys']
  const store = redisStore({ ...node })
  store.on('error', () => {})
  stepped(store.client, turns)
  app.use(session({ store }))
  return {
    listener: listenerOf(app, turns, (ctx) => sessionOf(ctx)),
    idOf: (cookie) => /koa\.sid=([^;]+)/.exec(cookie)[1],
    async close() {
      // Ten seconds after its client has ended it would reject a promise that nothing handles.
      store.removeAllListeners('disconnect')
      store.client.disconnect()
    },
  }
}
