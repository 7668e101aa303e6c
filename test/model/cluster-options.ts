/** What the files of the cluster's protocol share, and what a variant may do differently. */
import { type Safeguards, SAFEGUARDS } from './safeguards.js'
import { isCreation, isValue, type Operation, type StepName } from './operation.js'
import type { Prunable } from './walk.js'
import { sessionOf } from './world.js'

/** A younger id may belong to a session that is being created, so it stays. */
export const oldIds: Prunable = (world, ids) => ids.filter((id) => !sessionOf(world, id).young)

/** All times are in ticks. */
export interface ClusterOptions {
  /** For how long JOIN_SET makes a set live for a session with this time to live. */
  readonly setTtl: (ttl: number) => number
  /** For how long the hash may count on that: `$indexed`. */
  readonly indexedFor: (ttl: number) => number
  readonly prunable: Prunable
  /** Whether JOIN_SET returns the time of each slot that is taken, or only of one that is new. */
  readonly reportedSlots: 'each' | 'new'
  readonly safeguards: Safeguards
}

/** More than any call takes while sessions live for a short time. */
const SLACK = 2

/** As in `src`. There the hash counts on 1.9 times a life where the set has 2; here a tick less. */
export const DEFAULTS: ClusterOptions = {
  setTtl: (ttl) => Math.max(2 * ttl, ttl + SLACK),
  indexedFor: (ttl) => Math.max(2 * ttl - 1, ttl + SLACK / 2),
  prunable: oldIds,
  reportedSlots: 'each',
  safeguards: SAFEGUARDS,
}

export function firstStep(one: Operation): StepName {
  return one.joins.length > 0 ? 'join' : writeStep(one)
}

/** The first step where an update proves its secret before it joins sets. */
export function firstStepProven(one: Operation): StepName {
  const { call, guard, change } = one
  const proves = call === 'update' && guard !== 'operator' && isValue(change)
  return proves ? 'check secret' : firstStep(one)
}

export function writeStep(one: Operation): StepName {
  return isCreation(one) ? 'create' : 'update'
}
