import {
  BINDING,
  CREATED,
  INDEXED,
  LAST_ACTIVE,
  MAX_AGE,
  SECRET,
  SIGNED_IN,
  WATCHED_UNTIL,
} from '../../hash-fields.js'
import { idleTime } from '../../idle-time.js'
import {
  emptyValues,
  type SessionDetails,
  type StoredBinding,
  type StoredSession,
  type StorePolicy,
} from '../../store.js'
import { isId } from '../../token.js'
import type { Call } from '../client/connection.js'
import { type Hash, toHash, toValues } from '../client/replies.js'
import type { RedisContext } from '../context.js'
import { bindingOf, publicKeyOf } from '../scripts/lib/binding-field.js'
import { type Read, READ_WITH_TIMES } from '../scripts/read-with-times.js'

/** The hot path: one plain command. */
export function readSession(
  { connection, keys, policy }: RedisContext,
  id: string,
  fields?: readonly string[],
): Promise<StoredSession | undefined> {
  const key = [keys.session(id)]
  const call = connection.call()
  if (fields === undefined) return call.sendAndRead('hgetall', key, [], toStored)
  const own = policy.binds === true ? OWN_OF_BOUND : OWN_OF_ALL
  return call.sendAndRead('hmget', key, [...own, ...fields], (values: readonly (string | null)[]) =>
    toStoredFields(fields, values.slice(0, own.length), values.slice(own.length)),
  )
}

/** What `toStoredFields` needs. */
const OWN_OF_ALL = [CREATED, SECRET, SIGNED_IN]
const OWN_OF_BOUND = [...OWN_OF_ALL, BINDING]

export async function readBinding(
  { connection, keys }: RedisContext,
  id: string,
): Promise<StoredBinding | undefined> {
  const names = [CREATED, SECRET, BINDING]
  const reply = await connection.call().send('hmget', [keys.session(id)], names)
  const [created, secretHash, stored] = reply as (string | null)[]
  const binding = bindingOf(stored)
  if (typeof created !== 'string' || binding === undefined) return undefined
  return { secretHash: secretHash ?? undefined, binding, publicKey: publicKeyOf(stored) }
}

/** The hash of a session's secret, and its binding. */
export async function readSecret({ keys }: RedisContext, call: Call, id: string) {
  const reply = await call.send('hmget', [keys.session(id)], [SECRET, BINDING])
  const [secret, binding] = reply as (string | null)[]
  return { secret: secret ?? undefined, binding: bindingOf(binding) }
}

/** What `toStoredFields` and the times need, and all else that a hash without fields has. */
const OWN = [...OWN_OF_BOUND, LAST_ACTIVE, MAX_AGE, INDEXED, WATCHED_UNTIL]

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
  return toDetails(policy, id, reply, fields)
}

/** What a script read of a session. `undefined` where it is gone. */
export function toDetails(
  policy: StorePolicy,
  id: string,
  reply: Read | undefined,
  fields?: readonly string[],
): SessionDetails | undefined {
  if (reply === undefined) return undefined
  const { now, ttl, hash, size } = reply
  const read = fields === undefined ? toWhole(hash) : toPart(fields, hash, size)
  if (read === undefined) return undefined
  const { values, secretHash, signedInAt, binding, createdAt, lastActiveAt, maxAge, empty } = read
  const renewed = idleTime(policy, { maxAge, empty, age: now - (signedInAt ?? createdAt) })
  // Listed one by one: `find` makes many of these, and a spread takes microseconds.
  return {
    id,
    values,
    secretHash,
    signedInAt,
    binding,
    createdAt,
    lastActiveAt,
    expiresAt: now + ttl,
    now,
    // Where the policy's absolute timeout was shortened, the next write ends the session.
    idleFor: renewed > 0 ? renewed - ttl : Infinity,
  }
}

/** A session, and what its idle time depends on. */
interface Inspected extends StoredSession {
  readonly createdAt: number
  readonly lastActiveAt: number
  readonly maxAge: number | undefined
  /** Whether the session has no fields at all, not only none of those asked for. */
  readonly empty: boolean
}

function toWhole(reply: unknown): Inspected | undefined {
  const hash = toHash(reply)
  const { values, named, created, secretHash, signedIn, binding, lastActive, maxAge } = parse(hash)
  if (created === undefined) return undefined
  return {
    values,
    secretHash,
    signedInAt: toNumber(signedIn),
    binding,
    createdAt: Number(created),
    lastActiveAt: Number(lastActive ?? created),
    maxAge: toNumber(maxAge),
    empty: !named && hash.every((name, i) => i % 2 === 1 || OWN.includes(name)),
  }
}

function toPart(
  fields: readonly string[],
  reply: unknown,
  size: number | undefined,
): Inspected | undefined {
  const values = toValues(reply, OWN.length + fields.length)
  const [created, , , , lastActive, maxAge] = values
  const own = values.slice(0, OWN.length)
  const stored = toStoredFields(fields, values, values.slice(OWN.length))
  if (stored === undefined) return undefined
  return {
    ...stored,
    createdAt: Number(created),
    lastActiveAt: Number(lastActive ?? created),
    maxAge: toNumber(maxAge),
    empty: size === own.filter((value) => value !== null).length,
  }
}

function toNumber(value: string | null | undefined): number | undefined {
  return typeof value === 'string' ? Number(value) : undefined
}

/** Names from the network are stored four times as fast in an object with a prototype, even one without names. */
const NO_NAMES = Object.create(null) as object

function withoutPrototype(values: Record<string, string>): Record<string, string> {
  return Object.assign(emptyValues(), values)
}

/**
 * A session from its hash, without the library's own fields. A hash that no creation made is no session, to the
 * scripts neither: the application may have written to the key of one that had ended.
 */
function toStored(hash: Hash): StoredSession | undefined {
  const { values, created, secretHash, signedIn, binding } = parse(hash)
  if (created === undefined) return undefined
  return { values, secretHash, signedInAt: toNumber(signedIn), binding }
}

/** Splits a hash: the application's fields, whether there are any, and those of the library's own that are read. */
function parse(hash: Hash) {
  const values = Object.create(NO_NAMES) as Record<string, string>
  let named = false
  let created: string | undefined
  let secretHash: string | undefined
  let signedIn: string | undefined
  let binding: string | undefined
  let lastActive: string | undefined
  let maxAge: string | undefined
  for (let i = 0; i < hash.length; i += 2) {
    const name = hash[i] as string
    const value = hash[i + 1] as string
    if (!name.startsWith('$')) {
      values[name] = value
      named = true
    } else if (name === CREATED) created = value
    else if (name === SECRET) secretHash = value
    else if (name === SIGNED_IN) signedIn = value
    else if (name === BINDING) binding = bindingOf(value)
    else if (name === LAST_ACTIVE) lastActive = value
    else if (name === MAX_AGE) maxAge = value
  }
  return {
    values: withoutPrototype(values),
    named,
    created,
    secretHash,
    signedIn,
    binding,
    lastActive,
    maxAge,
  }
}

/** A session from the values of `OWN_OF_ALL` or `OWN_OF_BOUND`, and those of these fields. */
function toStoredFields(
  names: readonly string[],
  [created, secretHash, signedIn, binding]: readonly (string | null)[],
  read: readonly (string | null)[],
): StoredSession | undefined {
  if (typeof created !== 'string') return undefined
  const values = emptyValues()
  for (const [i, name] of names.entries()) {
    const value = read[i]
    if (typeof value === 'string') values[name] = value
  }
  return {
    values,
    secretHash: secretHash ?? undefined,
    signedInAt: toNumber(signedIn),
    binding: bindingOf(binding),
  }
}
