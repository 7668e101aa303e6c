import { CREATED, INDEXED, MAX_AGE, SECRET } from '../../hash-fields.js'
import { idleTime } from '../../idle-time.js'
import { emptyValues, type SessionDetails, type StoredSession } from '../../store.js'
import { isId } from '../../token.js'
import type { Call } from '../client/connection.js'
import type { RedisContext } from '../context.js'
import { flatEntries } from '../scripts/lib/script.js'
import { READ_WITH_TIMES } from '../scripts/read-with-times.js'

type Hash = Readonly<Record<string, string>>

/** The hot path: one plain command. */
export async function readSession(
  { connection, keys }: RedisContext,
  id: string,
  fields?: readonly string[],
): Promise<StoredSession | undefined> {
  const key = [keys.session(id)]
  const call = connection.call()
  if (fields === undefined) return toStored(toHash(await call.send('hgetall', key)))
  const values = await call.send('hmget', key, [CREATED, SECRET, ...fields])
  return toStoredFields(fields, values as (string | null)[])
}

/** What `toStoredFields` and the times need, and all else that a hash without fields has. */
const OWN = [CREATED, SECRET, MAX_AGE, INDEXED]

/** A session with its times, at one moment of Redis's clock. */
export async function inspectSession(
  { keys, policy }: RedisContext,
  call: Call,
  id: string,
  fields?: readonly string[],
): Promise<SessionDetails | undefined> {
  if (!isId(id)) return undefined
  const names = fields === undefined ? [] : [...OWN, ...fields]
  const reply = await call.run(READ_WITH_TIMES, { hash: keys.session(id), names })
  if (reply === undefined) return undefined
  const { now, ttl, hash, size } = reply
  const read = fields === undefined ? toWhole(hash) : toPart(fields, hash, size)
  if (read === undefined) return undefined
  const { createdAt, maxAge, empty, ...stored } = read
  const renewed = idleTime(policy, { maxAge, empty, age: now - createdAt })
  // Where the policy's absolute timeout was shortened, the next write ends the session.
  const idleFor = renewed > 0 ? renewed - ttl : Infinity
  return { ...stored, id, createdAt, expiresAt: now + ttl, idleFor }
}

/** A session, and what its idle time depends on. */
interface Inspected extends StoredSession {
  readonly createdAt: number
  readonly maxAge: number | undefined
  /** Whether the session has no fields at all, not only none of those asked for. */
  readonly empty: boolean
}

function toWhole(reply: unknown): Inspected | undefined {
  const hash = toHash(reply)
  const stored = toStored(hash)
  if (stored === undefined) return undefined
  return {
    ...stored,
    createdAt: Number(hash[CREATED]),
    maxAge: toNumber(hash[MAX_AGE]),
    empty: Object.keys(hash).length === OWN.filter((name) => name in hash).length,
  }
}

function toPart(
  fields: readonly string[],
  reply: unknown,
  size: number | undefined,
): Inspected | undefined {
  const values = reply as (string | null)[]
  const [created = null, secretHash = null, maxAge] = values
  const own = values.slice(0, OWN.length)
  const stored = toStoredFields(fields, [created, secretHash, ...values.slice(OWN.length)])
  if (stored === undefined) return undefined
  return {
    ...stored,
    createdAt: Number(created),
    maxAge: toNumber(maxAge),
    empty: size === own.filter((value) => value !== null).length,
  }
}

function toNumber(value: string | null | undefined): number | undefined {
  return typeof value === 'string' ? Number(value) : undefined
}

/** The fields in a reply to HGETALL: a flat list in RESP2 and from scripts, an object in RESP3. */
function toHash(reply: unknown): Hash {
  return Array.isArray(reply)
    ? Object.fromEntries(flatEntries(reply as string[]))
    : (reply as Record<string, string>)
}

/** A session from its hash, without the library's own fields. */
function toStored(hash: Hash): StoredSession | undefined {
  if (hash[CREATED] === undefined) return undefined
  const values = emptyValues()
  for (const name of Object.keys(hash)) {
    if (!name.startsWith('$')) values[name] = hash[name] as string
  }
  return { values, secretHash: hash[SECRET] }
}

/** A session from a reply to HMGET of its creation, its secret, and these fields. */
function toStoredFields(
  names: readonly string[],
  [created, secretHash, ...read]: readonly (string | null)[],
): StoredSession | undefined {
  if (created === null) return undefined
  const values = emptyValues()
  for (const [i, name] of names.entries()) {
    const value = read[i]
    if (typeof value === 'string') values[name] = value
  }
  return { values, secretHash: secretHash ?? undefined }
}
