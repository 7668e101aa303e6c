/** What both protocols do around a write. */
import { isValue, type Operation } from './operation.js'
import type { Outcome, Protocol } from './protocol.js'
import { type Prunable, pruning } from './walk.js'
import {
  REFERENCE,
  sessionOf,
  type Settings,
  type Value,
  withSession,
  type World,
} from './world.js'

/** The caller gets its answer: the reference that it set is known from now on, if it is still the same. */
export function acknowledge(world: World, { id, change }: Operation): World {
  const { acknowledged, values } = sessionOf(world, id)
  if (!isValue(change) || !values.includes(change)) return world
  const known = acknowledged.map((each, i) => each || i === REFERENCE[change])
  return withSession(world, id, { acknowledged: known })
}

/**
 * A set that was joined may return members, and the write prunes those; its caller has its answer by then.
 * It may be any of the sets; that none returns any is the same as a crash. Left out where there is a limit.
 */
export function samples(
  prunable: Prunable,
  { limit }: Settings,
  world: World,
  joins: readonly Value[],
  outcome: Omit<Outcome, 'next'>,
): Outcome[] {
  if (joins.length === 0 || limit !== undefined) return [outcome]
  return joins.map((value) => {
    const next = pruning(prunable, world, value, world.sets[value].ids)
    return { ...outcome, next }
  })
}

/** The operator's `put`: an update that found no session creates one, and the other way round. */
export function otherHalf(
  before: Operation,
  making: boolean,
  firstStep: Protocol['firstStep'],
): Operation | undefined {
  if (before.call !== 'put') return undefined
  const { change } = before
  const joins = isValue(change) ? [change] : []
  const half: Operation = {
    ...before,
    making,
    joins,
    todo: joins,
    ids: [],
    gone: [],
    time: 0,
    heldFor: 0,
    revocationsSinceJoin: -1,
    slotChangesSinceTaken: -1,
    hasLaterSlot: false,
    earlierSlots: [],
    tookSlot: false,
  }
  return { ...half, at: firstStep(half) }
}
