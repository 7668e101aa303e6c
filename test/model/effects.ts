/** What a step of one operation, or the passing of time, means to the other operations under way. */
import { isSignIn, type Operation, type SlotSeen } from './operation.js'
import type { Value, World } from './world.js'

/**
 * What is recorded beside a hash to refuse a sign-in that joined a set before: by a revokeAll, with its
 * revocation time, or by a sign-in that is about to free the session's slot, with the slot's time.
 */
export interface Tombstone {
  readonly id: number
  readonly value: Value
  readonly by: 'revoked' | 'slot'
  /** The number of revokeAlls since that revocation time, or of the slot's changes since it was read. */
  readonly since: number
  /** Whether the clock of the set's node had been set back at the revocation time. */
  readonly clockSetBack?: boolean
}

/** The other operations do not see an effect. It changes what they hold or are owed. */
export interface Effect {
  readonly renewed: readonly number[]
  readonly died: readonly number[]
  readonly lost: readonly (readonly [id: number, value: Value])[]
  /** The values that sessions got, and the number of revokeAlls since the requests that set them began. */
  readonly gave: readonly (readonly [id: number, value: Value, revocations: number])[]
  readonly aged: readonly number[]
  readonly agedSlots: readonly (readonly [id: number, value: Value])[]
  readonly ticked: boolean
  /** The value of which a revokeAll began. */
  readonly revocationOf?: Value | undefined
  /** A revokeAll that resolved, and the number of others since it began. */
  readonly revokeAllAnswered?: readonly [value: Value, revocations: number] | undefined
  /** The value of which a sign-in has met a revocation time in the future. */
  readonly revocationMet?: Value | undefined
  readonly tombstone?: Tombstone | undefined
  readonly slotChanges?: readonly SlotChange[] | undefined
  readonly slotInHash?: SlotInHash | undefined
}

/** A slot that was taken anew or confirmed. */
export type SlotChange = readonly [id: number, value: Value, how: 'anew' | 'confirmed']

/** A session was written, and its hash names its slot. */
interface SlotInHash {
  readonly id: number
  readonly value: Value
  /** How often that slot has been taken anew or confirmed since; -1: the hash names none. */
  readonly since: number
  /** Whether the session did not have the value before. */
  readonly fresh: boolean
}

/** The effects of a step that cannot be derived from the world before and after it. */
export type HiddenEffects = Pick<
  Effect,
  | 'revocationOf'
  | 'revocationMet'
  | 'revokeAllAnswered'
  | 'tombstone'
  | 'slotChanges'
  | 'slotInHash'
> & {
  readonly renewed?: boolean
}

export function effectOf(
  before: World,
  after: World,
  by?: Operation,
  hidden: HiddenEffects = {},
): Effect {
  const died: number[] = []
  const aged: number[] = []
  const lost: [number, Value][] = []
  const gave: [number, Value, number][] = []
  for (const [id, was] of before.sessions.entries()) {
    const is = after.sessions[id]
    if (is === undefined) continue
    if (was.phase === 'live' && is.phase !== 'live') died.push(id)
    if (was.young && !is.young) aged.push(id)
    for (const value of was.values) {
      if (value !== '' && !is.values.includes(value)) lost.push([id, value])
    }
    for (const value of is.values) {
      if (value !== '' && !was.values.includes(value)) gave.push([id, value, by?.revocations ?? 0])
    }
  }
  const agedSlots = (['A', 'B'] as const).flatMap((value) =>
    after.slots[value]
      .filter(({ id, old }) => old && before.slots[value].some((was) => was.id === id && !was.old))
      .map(({ id }) => [id, value] as const),
  )
  const { renewed, ...rest } = hidden
  const whose = renewed === true && by !== undefined ? [by.id] : []
  return { renewed: whose, died, lost, gave, aged, agedSlots, ticked: false, ...rest }
}

/** An operation after an effect; `undefined` where its time is up. */
export function observe(given: Operation, effect: Effect, timeout: number): Operation | undefined {
  const over = isOver(given, effect)
  if (over && !given.late) return undefined
  // Tombstones have expired by then.
  const one: Operation = over ? { ...given, tooLate: true, tombstone: '' } : given
  const { id, guard, owed, set, elapsed, heldFor, change } = one
  const timed = effect.ticked && elapsed >= 0
  if (timed && elapsed >= timeout) return undefined
  const shown = guard === 'current' || guard === 'next'
  const after: Operation = {
    ...one,
    elapsed: timed ? elapsed + 1 : elapsed,
    heldFor: effect.ticked ? Math.max(0, heldFor - 1) : heldFor,
    guard: shown && [...effect.renewed, ...effect.died].includes(id) ? 'replaced' : guard,
  }
  if (one.call === 'revokeAll') return { ...after, ...ofRevokeAll(one, effect) }
  if (owed !== undefined) return { ...after, owed: stillOwed(owed, effect, set) }
  const signIn = isSignIn(one) ? { ...after, ...ofSignIn(one, effect) } : after
  const changes = effect.slotChanges?.filter(([, value]) => value === change) ?? []
  const seen = changes.length === 0 ? signIn : { ...signIn, ...withSlotChanges(signIn, changes) }
  const { slotInHash } = effect
  return slotInHash === undefined || slotInHash.value !== change
    ? seen
    : { ...seen, ...withSlotInHash(seen, slotInHash) }
}

/** The slot in a hash is later than the one that an operation knows if it has changed more often. */
function withSlotInHash(
  { id, slotChangesSinceTaken, slotsToFree, hasLaterSlot }: Operation,
  { id: whose, since, fresh }: SlotInHash,
): Partial<Operation> {
  const isLater = (changes: number, before: boolean): boolean =>
    (since >= 0 && since < changes) || (before && !fresh)
  return {
    hasLaterSlot: whose === id ? isLater(slotChangesSinceTaken, hasLaterSlot) : hasLaterSlot,
    slotsToFree: slotsToFree.map(([one, changes, later]): SlotSeen => {
      if (one !== whose) return [one, changes, later]
      return [one, changes, isLater(changes, later === 1) ? 1 : 0]
    }),
  }
}

/** A call takes half a minute at most, so a creation is over before its id is old. */
function isOver(one: Operation, { aged, agedSlots }: Effect): boolean {
  const { call, id, revocationsSinceJoin, how, change } = one
  if ((call === 'create' || call === 'put') && aged.includes(id)) return true
  const hasSlot = revocationsSinceJoin >= 0 || how === 'confirm'
  return hasSlot && agedSlots.some(([who, value]) => who === id && value === change)
}

function stillOwed(owed: readonly number[], { lost }: Effect, set: Value): readonly number[] {
  return owed.filter((id) => !lost.some(([who, value]) => who === id && value === set))
}

/** It must also end sessions that get the value from a request that began before it did. */
function ofRevokeAll(one: Operation, effect: Effect): Partial<Operation> {
  const { owed = [], set, revocations, at } = one
  if (at === 'begin revocation') return {}
  const came = effect.gave.filter(([, value, since]) => value === set && since > revocations)
  const all = [...stillOwed(owed, effect, set), ...came.map(([id]) => id)]
  return {
    owed: [...new Set(all)].toSorted(),
    revocations: effect.revocationOf === set ? revocations + 1 : revocations,
  }
}

function ofSignIn(one: Operation, effect: Effect): Partial<Operation> {
  const { change, revocationsSinceJoin: sinceJoin } = one
  const { revocationOf, revocationMet, revokeAllAnswered: answered, tombstone } = effect
  const revocations = revocationOf === change ? one.revocations + 1 : one.revocations
  const refused = tombstone !== undefined && one.tombstone === '' && isRefusedBy(tombstone, one)
  return {
    revocations,
    revocationSetBack: one.revocationSetBack || revocationMet === change,
    revocationsSinceJoin: revocationOf === change && sinceJoin >= 0 ? sinceJoin + 1 : sinceJoin,
    outdated:
      one.outdated ||
      (answered !== undefined && answered[0] === change && revocations > answered[1]),
    tombstone: refused ? tombstone.by : one.tombstone,
  }
}

/** Whether a tombstone refuses a sign-in that joined the set before. */
function isRefusedBy({ id, value, by, since, clockSetBack }: Tombstone, one: Operation): boolean {
  if (id !== one.id || value !== one.change) return false
  if (by === 'slot') return one.slotChangesSinceTaken >= since
  // Variants compare by the clock, or refuse a sign-in that has seen this very revocation time.
  if (clockSetBack === true && one.memo === 'by the clock') return false
  return one.memo === 'or equal'
    ? one.revocationsSinceJoin >= since
    : one.revocationsSinceJoin > since
}

function withSlotChanges(one: Operation, changes: readonly SlotChange[]): Partial<Operation> {
  const { id, slotChangesSinceTaken: sinceTaken, slotsToCheck, slotsToFree, earlierSlots } = one
  const changed = (whose: number): boolean => changes.some(([other]) => other === whose)
  const counted = (slots: readonly SlotSeen[]): SlotSeen[] =>
    slots.map(([whose, count, later]) => [whose, count + (changed(whose) ? 1 : 0), later])
  return {
    slotChangesSinceTaken: sinceTaken >= 0 && changed(id) ? sinceTaken + 1 : sinceTaken,
    slotsToCheck: counted(slotsToCheck),
    slotsToFree: counted(slotsToFree),
    // A slot that is taken anew is later than its own from now on.
    earlierSlots: earlierSlots.filter(
      (earlier) => !changes.some(([other, , how]) => other === earlier && how === 'anew'),
    ),
  }
}
