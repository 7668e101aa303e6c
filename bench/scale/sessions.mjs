import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import sessions from '../../dist/entry/import.mjs'

/** Concurrent logins. */
const BATCH = 500

/** Signs in by `ctx.session.set` in a request, but without a network. */
export function openSessions(client) {
  const app = new Koa()
  const Session = sessions(app, { client, references: { user_id: {} } })

  const login = async (user, maxAge) => {
    const request = new IncomingMessage(new Socket())
    const session = Session.createSession(app.createContext(request, new ServerResponse(request)))
    await session.set({ user_id: user }, maxAge)
    return session.id
  }

  return {
    Session,
    login,
    /** Signs in `users` users in turns, `each` times; resolves to `[{ user, ids }]`. */
    populate: async (users, each) => {
      const people = Array.from({ length: users }, (_, i) => ({ user: userNumber(i), ids: [] }))
      const total = users * each
      for (let done = 0; done < total; done += BATCH) {
        const length = Math.min(BATCH, total - done)
        const batch = Array.from({ length }, (_, i) => people[(done + i) % users])
        const ids = await Promise.all(batch.map(({ user }) => login(user)))
        for (const [i, person] of batch.entries()) person.ids.push(ids[i])
      }
      return people
    },
  }
}

/** All of one length, so that memory is comparable. */
export function userNumber(index) {
  return 10_000_000 + index
}
