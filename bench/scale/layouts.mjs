import { randomBytes, randomUUID } from 'node:crypto'
import { openSessions, userNumber } from './sessions.mjs'

const MAX_AGE = 28 * 24 * 3600 * 1000
const BATCH = 1000

/** How each library stores sessions of one field. */
export const LAYOUTS = {
  ours: {
    sets: true,
    create: async (client, users, each) => {
      const { Session, populate } = openSessions(client)
      const people = await populate(users, each)
      return people.map(({ user, ids }) => ({
        keys: ids.map((id) => Session.store.getSessionKey(id)),
        set: Session.getReferenceKey('user_id', user),
      }))
    },
  },

  /** Also a CSRF secret, and a set that never expires. */
  'version 3': {
    sets: true,
    create: (client, users, each) =>
      pipelined(client, users, each, (pipeline, user) => {
        const id = randomBytes(18).toString('base64')
        const key = `session:${id}`
        const set = `session:user_id:${user}`
        const secret = randomBytes(24).toString('base64url')
        pipeline.hset(key, 'id', id, 'user_id', user, '_csrf_secret', secret)
        pipeline.pexpire(key, MAX_AGE)
        pipeline.sadd(set, id)
        return { key, set }
      }),
  },

  /** The string that koa-session gives to its store; there is no index. */
  'koa-session': {
    sets: false,
    create: (client, users, each) =>
      pipelined(client, users, each, (pipeline, user) => {
        const key = `session:${randomUUID()}`
        const session = { user_id: user, _expire: Date.now() + MAX_AGE, _maxAge: MAX_AGE }
        pipeline.set(key, JSON.stringify(session), 'PX', MAX_AGE)
        return { key }
      }),
  },
}

async function pipelined(client, users, each, add) {
  const people = Array.from({ length: users }, () => ({ keys: [] }))
  const total = users * each
  for (let done = 0; done < total; done += BATCH) {
    const pipeline = client.pipeline()
    for (let i = done; i < Math.min(total, done + BATCH); i++) {
      const person = people[i % users]
      const { key, set } = add(pipeline, userNumber(i % users))
      person.keys.push(key)
      person.set = set
    }
    await pipeline.exec()
  }
  return people
}
