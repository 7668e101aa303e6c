/** What the files of the cluster's protocol have in common. */
import { makes, type Operation, type StepName } from './operation.js'
import type { Prunable } from './search.js'
import { sessionOf } from './world.js'

/** cluster.ts prune, SURELY_CREATED: a younger id may be of a session that is being made. */
export const old: Prunable = (world, ids) => ids.filter((id) => !sessionOf(world, id).young)

/** Where a variant may do it in another way. Times in ticks. */
export interface Ways {
  /** For how long the sets have to hold a session, and for how long its hash may count on that. */
  readonly hold: (ttl: number) => number
  readonly joinedFor: (ttl: number) => number
  /** Which ids are looked at, to take the dead out of a set. */
  readonly prunable: Prunable
  /** Whether JOIN_SET tells the time of each seat that is taken, or only of one that is new. */
  readonly tells: 'each' | 'new'
}

/** cluster.ts SLACK: more than any call takes in a life that is short. */
const SLACK = 2

/** The way that src does it. Of 2 and 1.9 times a life the difference is a tick. */
export const WAYS: Ways = {
  hold: (ttl) => Math.max(2 * ttl, ttl + SLACK),
  joinedFor: (ttl) => Math.max(2 * ttl - 1, ttl + SLACK / 2),
  prunable: old,
  tells: 'each',
}

export function first(one: Operation): StepName {
  return one.joins.length > 0 ? 'join' : writing(one)
}

export function writing(one: Operation): StepName {
  return makes(one) ? 'create' : 'update'
}
