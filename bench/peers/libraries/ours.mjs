import { Redis } from 'ioredis'
import Koa from 'koa'
// `npm run bench:peers` builds it.
import sessions from '../../../dist/entry/import.mjs'
import { stepped } from '../turns.mjs'
import { listenerOf } from './routes.mjs'

export const packages = []

export async function open({ node, turns }) {
  const app = new Koa()
  const client = stepped(new Redis(node), turns)
  client.on('error', () => {})
  const Session = sessions(app, { client, references: { user_id: {} } })
  app.use(Session)
  const listener = listenerOf(app, turns, ({ session }) => ({
    read: () => session.peek(),
    set: (field) => session.set({ [field]: 1 }),
    signIn: (user_id) => session.signIn({ user_id }),
    signOut: () => session.delete(),
    endAll: (user) => Session.revokeAll('user_id', user),
  }))
  return {
    listener,
    idOf: (cookie) => /=([^.]+)\./.exec(cookie)[1],
    /** What alone opens a session; with the others it is the id. */
    secretOf: (cookie) => /\.([^;]+)/.exec(cookie)[1],
    async list(user) {
      const ids = []
      for await (const { id } of Session.find('user_id', user)) ids.push(id)
      return ids
    },
    async close() {
      await Session.close()
      client.disconnect()
    },
  }
}
