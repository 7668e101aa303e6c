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

/** What `toStoredFields` and the times need, and all else that a hash without fields has. */
const OWN = ['$created', '$secret', '$maxAge', '$indexed']

/** A session with its times, at one moment of Redis's clock. */
export async function inspectSession(
  { keys, policy }: RedisContext,
  call: Call,
  id: string,
  fields?: readonly string[],
): Promise<SessionDetails | undefined> {
  if (!isId(id)) return undefined
  const names = fields === undefined ? [] : [...OWN, ...fields]
  const reply = (await call.run(INSPECT, [keys.session(id)], names)) as unknown[] | null
  if (reply === null) return undefined
  const [now = 0, ttl = 0] = reply.slice(0, 2).map(Number)
  const read = fields === undefined ? toWhole(reply[2]) : toPart(fields, reply[2], reply[3])
  if (read === undefined) return undefined
  const { createdAt, maxAge, empty, ...stored } = read
  const renewed = idleTime(policy, { maxAge, empty, age: now - createdAt })
  // Where the policy's absolute time was shortened, the next write ends the session.
  const idleFor = renewed > 0 ? renewed - ttl : Infinity
  return { ...stored, id, createdAt, expiresAt: now + ttl, idleFor }
}

/** A session, and what its idle time depends on. */
interface Inspected extends StoredSession {
  readonly createdAt: number
  readonly maxAge: number | undefined
  /** Whether the session has no fields: not only none of those that were asked for. */
  readonly empty: boolean
}

function toWhole(reply: unknown): Inspected | undefined {
  const hash = toHash(reply)
  const stored = toStored(hash)
  if (stored === undefined) return undefined
  return {
    ...stored,
    createdAt: Number(hash['$created']),
    maxAge: toNumber(hash['$maxAge']),
    empty: Object.keys(hash).length === OWN.filter((name) => name in hash).length,
  }
}

function toPart(fields: readonly string[], reply: unknown, count: unknown): Inspected | undefined {
  const texts = reply as (string | null)[]
  const [created = null, secretHash = null, maxAge] = texts
  const own = texts.slice(0, OWN.length)
  const stored = toStoredFields(fields, [created, secretHash, ...texts.slice(OWN.length)])
  if (stored === undefined) return undefined
  return {
    ...stored,
    createdAt: Number(created),
    maxAge: toNumber(maxAge),
    empty: Number(count) === own.filter((text) => text !== null).length,
  }
}

function toNumber(text: string | null | undefined): number | undefined {
  return typeof text === 'string' ? Number(text) : undefined
}
