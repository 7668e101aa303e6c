/**
 * The commands and scripts, each a function from one world to the next: what one node does at once. The
 * comments name the scripts of src/store/redis/scripts in capitals. scripts-end.ts and slots.ts have the others.
 */
import type { SlotChange } from './effects.js'
import { type Change, isSignIn, isValue, type Operation, type SlotSeen } from './operation.js'
import { isFull, removeSlots, slotsInReply, takeSlot } from './slots.js'
import {
  hasValue,
  NO_EXPIRY,
  REFERENCE,
  type Session,
  sessionOf,
  type Settings,
  STILL,
  type Value,
  valuesOf,
  withSession,
  withSet,
  type World,
} from './world.js'

export type JoinRefusal =
  /** `ahead`: by a revocation time in the future. */
  | { readonly status: 'revoked'; readonly ahead?: true }
  | { readonly status: 'full'; readonly slots: readonly SlotSeen[] }

/**
 * The check before a set is joined. In `src` a sign-in first asks without saying when its request began,
 * and once more where there was a revokeAll; this is one step, as the first one changes nothing.
 */
export function joinRefusal(
  world: World,
  value: Value,
  one: Operation,
  settings: Settings,
): JoinRefusal | undefined {
  if (one.how !== 'claim' && one.how !== 'evict') return undefined
  if (one.revocations > 0 || one.revocationSetBack) return { status: 'revoked' }
  if (['future', 'met'].includes(world.revocationTimes[value])) {
    return { status: 'revoked', ahead: true }
  }
  if (!isFull(world, value, one, settings)) return undefined
  return { status: 'full', slots: slotsInReply(world, value) }
}

/** Joins a set, without its slot: JOIN_SET, CONFIRM_JOIN, and on one node the scripts that write a session. */
export function join(world: World, value: Value, id: number, ttl: number): World {
  const { ids, life } = world.sets[value]
  // SADD creates a missing set, without a time to live.
  const before = ids.length === 0 ? NO_EXPIRY : life
  return withSet(world, value, {
    ids: ids.includes(id) ? ids : [...ids, id].toSorted(),
    life: before < ttl ? ttl : before,
  })
}

/** The commands SREM and ZREM: remove ids and their slots, whatever became of their sessions. */
export function removeIds(world: World, value: Value, ids: readonly number[]): World {
  const { ids: members, life } = world.sets[value]
  const after = withSet(world, value, { ids: members.filter((id) => !ids.includes(id)), life })
  return removeSlots(after, value, ids)
}

/** LEAVE_SET: removes those ids whose sessions do not have the value. */
export function leaveSet(world: World, value: Value, ids: readonly number[]): World {
  const others = ids.filter((id) => !hasValue(world, id, value))
  return removeIds(world, value, others)
}

/** The values of a session after a change. `unset` removes the first reference. */
export function changed(before: readonly (Value | '')[], change: Change): readonly (Value | '')[] {
  if (change === 'unset') return before.map((value, i) => (i === 0 ? '' : value))
  if (!isValue(change)) return before
  return before.map((value, i) => (i === REFERENCE[change] ? change : value))
}

/** The arguments of the scripts that write a session. */
export interface Write {
  readonly operation: Operation
  readonly settings: Settings
  /** On a cluster, for how long the sets are sure to hold it. On one node the script joins them itself. */
  readonly joinedFor?: number
  /** Whether an operator's write of a reference leaves a tombstone. */
  readonly buriesForOperator?: boolean
}

/** The reply of a script that wrote a session. */
export interface Written {
  readonly status: 'ok'
  readonly world: World
  readonly left: readonly Value[]
  readonly renewed: boolean
  /** On one node: the excess sessions, and whether a slot was taken anew or confirmed. */
  readonly excess: readonly SlotSeen[]
  readonly slotChange: SlotChange[2] | undefined
}

export type Refused =
  | JoinRefusal
  | { readonly status: 'exists' | 'ended' | 'tombstone' | 'late' | 'gone' }

/** CREATE_ONE_NODE, CREATE_CLUSTER. */
export function create(world: World, write: Write): Written | Refused {
  const { operation, settings, joinedFor } = write
  const { id, change, joins, ownMaxAge, ttl, guard, call } = operation
  const session = sessionOf(world, id)
  if (session.phase === 'live') {
    // A resent creation finds its own session. That is not "in use".
    return guard === 'next' ? createAgain(world, write) : { status: 'exists' }
  }
  if (session.ended === 'tombstone' && call === 'create') return { status: 'ended' }
  const held = joinedFor ?? 2 * ttl
  const no =
    joinedFor === undefined ? joinRefusalOf(world, write) : lateRefusal(operation, held, settings)
  if (no !== undefined) return no
  const joined = joinAll(world, joins, write, held)
  return {
    ...joined,
    status: 'ok',
    left: [],
    renewed: false,
    world: withSession(joined.world, id, {
      phase: 'live',
      ended: tombstoneOf(session, write),
      values: changed(session.values, change),
      plain: session.plain || change === 'plain',
      life: ttl,
      ownMaxAge,
      indexed: settings.clock === undefined || joins.length === 0 ? 0 : held,
    }),
  }
}

/** The reply to a resent creation names the excess sessions again. */
function createAgain(world: World, write: Write): Written {
  const { change, id, earlierSlots } = write.operation
  const done = { status: 'ok', left: [], renewed: false, world } as const
  const has = isValue(change) && world.slots[change].some((slot) => slot.id === id)
  if (!has || write.joinedFor !== undefined) return { ...done, excess: [], slotChange: undefined }
  const slot = takeSlot(world, change, id, 'confirm', write.settings, earlierSlots)
  return { ...done, ...slot, slotChange: slot.changed ? 'confirmed' : undefined }
}

/** On one node: why the session may not take the value. */
function joinRefusalOf(world: World, { operation, settings }: Write): JoinRefusal | undefined {
  const { change } = operation
  return isValue(change) ? joinRefusal(world, change, operation, settings) : undefined
}

/** On a cluster: a tombstone, or too much time since it joined. */
function lateRefusal(one: Operation, held: number, { clock }: Settings): Refused | undefined {
  const { joins, ttl, call, tombstone, tooLate } = one
  if (joins.length === 0) return undefined
  const outlives = clock !== undefined && ttl > held && call !== 'update'
  if (outlives || (tooLate && isSignIn(one))) return { status: 'late' }
  return tombstone === '' ? undefined : { status: 'tombstone' }
}

export type UpdateReply =
  | Refused
  | { readonly status: 'join'; readonly ttl: number; readonly current: readonly Value[] }
  | Written

/**
 * UPDATE_ONE_NODE, UPDATE_CLUSTER, SET_FIELDS. Their `superseded` is `gone` here: after either the caller
 * may do nothing. Without a clock it is left open how late it is, so two replies are possible.
 */
export function update(world: World, write: Write): UpdateReply[] {
  const { operation, settings, joinedFor } = write
  const { id, change, guard, joins } = operation
  const session = sessionOf(world, id)
  const mayRenew = isValue(change) || change === 'unset' || change === 'renew'
  const isWrong = guard === 'replaced' || guard === 'forged' || (guard === 'next' && !mayRenew)
  if (session.phase !== 'live' || isWrong) return [{ status: 'gone' }]

  const ownMaxAge = operation.ownMaxAge === 0 ? session.ownMaxAge : operation.ownMaxAge
  const { maxAge } = settings.clock ?? STILL
  const life = ownMaxAge === 0 ? maxAge : ownMaxAge
  const values = changed(session.values, change)
  const differs = values.some((value, i) => value !== session.values[i])
  const current = values.filter((value) => value !== '')
  const joined = current.filter((value) => joins.includes(value))
  const allJoined = joined.length === current.length

  const signsIn = differs && isSignIn(operation)
  if (signsIn && joinedFor !== undefined) {
    // It was let in because it had the value, and has lost it.
    const no = operation.how === 'stay' ? { status: 'tombstone' as const } : undefined
    const reply = no ?? lateRefusal(operation, joinedFor, settings)
    if (reply !== undefined) return [reply]
  }

  const held = joinedFor ?? 2 * life
  const fresh = joined.length === 0 ? session.indexed : held
  const covered = allJoined ? fresh : Math.min(session.indexed, fresh)
  const more: UpdateReply = { status: 'join', ttl: life, current }
  if (settings.clock !== undefined && current.length > 0 && life > covered) return [more]
  const unsure = settings.clock === undefined && !allJoined ? [more] : []
  const no = signsIn && joinedFor === undefined ? joinRefusalOf(world, write) : undefined
  if (no !== undefined) return [no, ...unsure]

  const asked: Write = differs ? write : { ...write, operation: withoutClaim(operation) }
  const after = joinAll(world, joined, asked, held)
  const rotates = settings.rotates ?? true
  const done: UpdateReply = {
    ...after,
    status: 'ok',
    left: valuesOf(session).filter((value) => !values.includes(value)),
    renewed: guard === 'current' && (change === 'renew' || (rotates && mayRenew && differs)),
    world: withSession(after.world, id, {
      ended: differs ? tombstoneOf(session, write) : session.ended,
      values,
      plain: session.plain || change === 'plain',
      ownMaxAge,
      life,
      indexed: settings.clock === undefined ? 0 : covered,
      acknowledged: session.acknowledged.map(
        (known, i) => known && values[i] === session.values[i],
      ),
    }),
  }
  return [done, ...unsure]
}

/** The tombstone that an operator's write of a reference leaves beside a session while it lives. */
function tombstoneOf({ young, ended }: Session, write: Write): '' | 'tombstone' {
  const { change, guard } = write.operation
  if (ended === 'tombstone') return 'tombstone'
  const buries = write.buriesForOperator === true && guard === 'operator' && isValue(change)
  return buries && young ? 'tombstone' : ''
}

/** A session that has the value already claims no slot. */
function withoutClaim(one: Operation): Operation {
  return one.how === 'claim' ? { ...one, how: 'keep' } : one
}

/** On one node the scripts join the sets themselves. */
function joinAll(
  world: World,
  values: readonly Value[],
  { operation, settings, joinedFor }: Write,
  ttl: number,
): Pick<Written, 'world' | 'excess' | 'slotChange'> {
  if (joinedFor !== undefined) return { world, excess: [], slotChange: undefined }
  const { id } = operation
  let after = world
  let slotChange: Written['slotChange']
  let excess: readonly SlotSeen[] = []
  for (const value of values) {
    const how = value === operation.change ? operation.how : 'keep'
    const slot = takeSlot(join(after, value, id, ttl), value, id, how, settings)
    after = slot.world
    if (slot.changed) slotChange = 'anew'
    if (slot.excess.length > 0) excess = slot.excess
  }
  return { world: after, excess, slotChange }
}
