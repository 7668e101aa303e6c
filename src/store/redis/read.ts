import { isId } from '../../token.js'
import { idleTime } from '../lifetime.js'
import type { SessionDetails, StoredSession } from '../store.js'
import type { Call } from './connection.js'
import type { RedisContext } from './context.js'
import { toHash, toStored, toStoredFields } from './replies.js'
import { INSPECT } from './scripts/inspect.js'

/** The hot path: one plain command. */
export async function readSession(
  { connection, keys }: RedisContext,
  id: string,
  fields?: readonly string[],
): Promise<StoredSession | undefined> {
  const key = [keys.session(id)]
  const call = connection.call()
  if (fields === undefined) return toStored(toHash(await call.send('hgetall', key)))
  const texts = await call.send('hmget', key, ['$created', '$secret', ...fields])
  return toStoredFields(fields, texts as (string | null)[])
}

/** A session with its times, at one moment of Redis's clock. */
export async function inspectSession(
  { keys, policy }: RedisContext,
  call: Call,
  id: string,
): Promise<SessionDetails | undefined> {
  if (!isId(id)) return undefined
  const reply = await call.run(INSPECT, [keys.session(id)], [])
  if (reply === null) return undefined
  const [now = 0, ttl = 0] = (reply as unknown[]).slice(0, 2).map(Number)
  const hash = toHash((reply as unknown[])[2])
  const stored = toStored(hash)
  if (stored === undefined) return undefined
  const createdAt = Number(hash['$created'])
  const maxAge = hash['$maxAge']
  const renewed = idleTime(policy, {
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    empty: Object.keys(stored.values).length === 0,
    age: now - createdAt,
  })
  // Where the policy's absolute time was shortened, the next write ends the session.
  const idleFor = renewed > 0 ? renewed - ttl : Infinity
  return { ...stored, id, createdAt, expiresAt: now + ttl, idleFor }
}
