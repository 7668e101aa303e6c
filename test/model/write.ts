/** What both protocols do about a write: src/store/redis/write.ts, and `put` in redis-store.ts. */
import { isValue, type Operation } from './operation.js'
import { type Prunable, pruning } from './search.js'
import type { Outcome, Protocol } from './step.js'
import {
  REFERENCE,
  sessionOf,
  type Settings,
  type Value,
  withSession,
  type World,
} from './world.js'

/** The caller is told: the reference that it set is known from now on, if it is still the same. */
export function acknowledge(world: World, { id, change }: Operation): World {
  const { acknowledged, values } = sessionOf(world, id)
  if (!isValue(change) || !values.includes(change)) return world
  const known = acknowledged.map((each, i) => each || i === REFERENCE[change])
  return withSession(world, id, { acknowledged: known })
}

/**
 * write.ts prune: a set that was joined hands back members, and those are looked at. By then the
 * caller is as good as told. It may be any of the sets; that there may be none is the same as a crash.
 * Left out where seats are counted.
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

/** redis-store.ts put: an update that found no session makes one, and the other way round. */
export function otherHalf(
  before: Operation,
  making: boolean,
  first: Protocol['first'],
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
    held: 0,
    seen: -1,
    seat: -1,
    later: false,
    ahead: [],
    took: false,
  }
  return { ...half, at: first(half) }
}
