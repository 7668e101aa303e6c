import { SessionError } from '../../../errors.js'
import { type EndedBy, isRecorded, record } from '../../../events.js'
import { idleTime } from '../../idle-time.js'
import {
  GONE,
  LIMIT_REASON,
  type Changes,
  type Lifetime,
  type Reference,
  type SessionDetails,
  type Explanation,
  type Update,
  type Updated,
} from '../../store.js'
import type { Call } from '../client/connection.js'
import { type RedisContext, referencesAmong } from '../context.js'
import type { EndedSession } from '../scripts/lib/end.js'
import type { NewSession } from '../scripts/lib/create.js'
import type { JoinedSet } from '../scripts/lib/join.js'
import { JoinRequest } from './join-request.js'

/** How often somebody else may change a reference while one update looks for its sets. */
export const MOST_WIDENED = 10

/**
 * How sessions and the sets of their values are kept in step. A protocol owns the whole sequence of each of
 * these operations; store.ts says what they promise.
 *
 * **The hash is the truth. A set never misses a living session; it may hold a dead one for a while.** So
 * readers of a set check the hash, and what is left over in a set only costs memory.
 */
export interface IndexProtocol {
  /**
   * Creates a session. `undefined`: its id is in use, or was adopted and has ended.
   */
  create(call: Call, creation: Creation): Promise<Lifetime | undefined>

  /** Changes a live session. */
  update(call: Call, id: string, update: Update): Promise<Updated | Explanation>

  /** Takes a session that has just ended out of its sets: best effort. */
  leaveSets(call: Call, id: string, ended: EndedSession): Promise<void>

  /** Ends those of some sessions of a set that have its value. Never rejects: one failure must not spare others. */
  revokePage(call: Call, revocation: Revocation, ids: readonly string[]): Promise<RevokedPage>

  /** Reads some sessions with their times, in the order of their ids; `undefined` for one that is gone. */
  readPage(call: Call, ids: readonly string[]): Promise<(SessionDetails | undefined)[]>

  /** Takes those ids out of a set that are surely dead: best effort. */
  prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void>
}

export interface Creation {
  readonly id: string
  /** Left out: an operator's session, which no cookie opens. */
  readonly secretHash?: string
  readonly changes: Changes
  /** When its old cookie is over, ms since 1970. Left out: the session is not adopted. */
  readonly adoptedUntil?: number
}

/** One call of `revokeAll`. */
export interface Revocation {
  readonly reference: Reference
  /** µs */
  readonly revokedAt: number
  readonly reason: string | undefined
  readonly by: EndedBy
}

export interface RevokedPage {
  /** How many sessions ended. */
  readonly ended: number
  /** The first failure. */
  readonly failed: unknown
}

/** A session that has ended, by its id. */
export interface Ended extends EndedSession {
  readonly id: string
}

/** The script-facing view of a creation, and the requests to join its sets. */
export function prepareCreation(
  context: RedisContext,
  { id, secretHash, changes, adoptedUntil }: Creation,
): { session: NewSession; joins: JoinRequest[] } {
  const { keys, policy } = context
  const { set = new Map<string, string>(), increment, maxAge, since, binding } = changes
  const signsIn = changes.signsIn === true
  const values = increment === undefined ? set : new Map(set).set(increment.name, increment.by)
  const fields = [...values].filter(([name]) => !policy.references.has(name))
  const joins = referencesAmong(context, values).map(
    (reference) => new JoinRequest(context, reference, since),
  )
  const ttl = idleTime(policy, { maxAge, empty: values.size === 0, age: 0 })
  const hash = keys.session(id)
  const tombstone = keys.tombstone(id)
  const adoption =
    adoptedUntil === undefined ? undefined : { key: keys.adopted(id), until: adoptedUntil }
  return {
    session: { id, hash, tombstone, secretHash, ttl, fields, maxAge, signsIn, binding, adoption },
    joins,
  }
}

/** The requests to join the sets of some references. Those that the update does not set refuse nothing. */
export function requestJoins(
  context: RedisContext,
  { set, since }: Update,
  references: readonly Reference[],
): JoinRequest[] {
  return references.map(
    (reference) =>
      new JoinRequest(context, reference, set?.has(reference.field) === true ? since : undefined),
  )
}

/** The sets that sessions leave as they end, each with the ids of those sessions. */
export function setsLeft(
  { references }: RedisContext,
  ended: readonly Ended[],
): { reference: Reference; ids: string[] }[] {
  const sets = new Map<string, { reference: Reference; ids: string[] }>()
  for (const { id, values } of ended) {
    for (const [i, field] of references.entries()) {
      const value = values[i]
      if (value === undefined) continue
      const key = `${field}:${value}`
      const set = sets.get(key) ?? { reference: { field, value }, ids: [] }
      set.ids.push(id)
      sets.set(key, set)
    }
  }
  return [...sets.values()]
}

/** How a limit ends sessions. */
export const BY_LIMIT = { by: 'limit', reason: LIMIT_REASON } as const

/** Prunes what some joins returned. No caller waits for it. */
export function pruneLater(
  { background }: RedisContext,
  sets: readonly { readonly join: JoinRequest; readonly set: JoinedSet }[],
  prune: (reference: Reference, ids: readonly string[]) => Promise<void>,
): void {
  for (const { join, set } of sets) {
    if (set.members.length > 0) background.run(prune(join.reference, set.members))
  }
}

/** Puts ends on record. */
export function recordEnds(
  { references }: RedisContext,
  ended: readonly Ended[],
  { by, reason }: Pick<Revocation, 'by' | 'reason'>,
): void {
  if (!isRecorded('ended')) return
  for (const { id, values } of ended) {
    const had = references.flatMap((field, i) => {
      const value = values[i]
      return value === undefined ? [] : [[field, value] as const]
    })
    record('ended', { id, references: Object.fromEntries(had), by, reason })
  }
}

/** Puts the end of a session on record whose time was over. */
export function recordExpiry(id: string): Explanation {
  record('ended', { id, references: {}, by: 'time', reason: 'expired' })
  return GONE
}

/**
 * Waits for work that only saves memory. What the caller asked for is done by now, so a failure must not say
 * otherwise; the next reader of the set does the work again.
 */
export async function bestEffort(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch {
    // Left over for the next reader.
  }
}

/** A session outlives its sets: Redis is too slow, or a reference changes too often. */
export function outOfStep(): SessionError {
  return new SessionError('ERR_SESSION_STORE', 'the sets of this session could not be kept in step')
}

export function endedWhileCreated({ adoptedUntil }: Partial<Creation> = {}): SessionError {
  if (adoptedUntil !== undefined) {
    // Its id was pruned meanwhile, and is refused for a minute: nobody has ended the session.
    return new SessionError(
      'ERR_SESSION_STORE',
      'the old session could not be adopted: try again in a minute',
    )
  }
  return new SessionError(
    'ERR_SESSION_REVOKED',
    'this session was ended while it was being created',
  )
}

export function notAnInteger(update: Update): SessionError {
  return new SessionError(
    'ERR_SESSION_FIELD',
    `the field "${update.increment?.name}" does not hold a whole number of 64 bits`,
  )
}
