/** Protocols that are wrong by one change to the right one. The model has to find the fault of each. */
import { changeOutcomes, splitStep, withSteps, wrapStep } from './change-step.js'
import { CLUSTER, clusterProtocol } from './cluster.js'
import { SAFEGUARDS } from './safeguards.js'
import { ONE_NODE } from './one-node.js'
import { type Operation, operation, type StepName } from './operation.js'
import type { Promised } from './promises.js'
import type { Outcome, Protocol } from './protocol.js'
import { changed, create, removeIds } from './scripts.js'
import type { Model } from './transitions.js'
import { withOneRevoked, withPageRevoked } from './walk.js'
import type { Workload } from './workload.js'
import {
  type Clock,
  hasValue,
  type Limit,
  NO_EXPIRY,
  sessionOf,
  type Settings,
  type Value,
  valuesOf,
  withSession,
  withSet,
  type World,
} from './world.js'

export interface Variant {
  readonly what: string
  readonly protocol: Protocol
  readonly breaks: Promised
  /** What it takes to see the fault. */
  readonly clock?: Clock
  readonly sessions?: 2 | 3
  readonly limit?: Limit
  readonly failsOver?: Settings['failsOver']
  readonly workload?: Workload
  readonly model?: Pick<Model, 'resends' | 'late' | 'calm'> & { readonly operations?: number }
}

const CLOCK: Clock = { maxAge: 2, ownMaxAges: [3], timeout: 1 }

function lost(outcome: Outcome, before: World, { id }: Operation): Value[] {
  const { values } = sessionOf(outcome.world, id)
  return valuesOf(sessionOf(before, id)).filter((value) => !values.includes(value))
}

/** The id leaves the old value's set after step 3, or after step 2 where there is no step 3. */
function leaves(protocol: Protocol): Protocol {
  const leave = (id: number, sets: readonly Value[]): Operation =>
    operation({ call: 'update', at: 'leave', id, ended: [id], todo: sets })
  const noting = changeOutcomes(protocol, 'update', (outcome, before, taken) => {
    const sets = outcome.wrote === true ? lost(outcome, before, taken) : []
    if (sets.length === 0) return outcome
    const { next } = outcome
    return {
      ...outcome,
      next: next === undefined ? leave(taken.id, sets) : { ...next, memo: sets.join(',') },
    }
  })
  return changeOutcomes(noting, 'join again', (outcome, _, { id, memo }) =>
    outcome.resolved !== true || memo === ''
      ? outcome
      : { ...outcome, next: leave(id, memo.split(',') as Value[]) },
  )
}

function checksBeforeLeaving(protocol: Protocol): Protocol {
  return splitStep(
    protocol,
    'leave',
    (world, { id, todo }) => (todo.some((value) => hasValue(world, id, value)) ? '' : 'has left'),
    (world, taken) => [world, taken],
  )
}

const leavesAlways = withSteps(ONE_NODE, {
  leave: {
    run: (world, { id, todo }) =>
      todo.map((value) => ({ world: removeIds(world, value, [id]), reply: 'SREM alone' })),
  },
})

function mayCreate(protocol: Protocol): Protocol {
  return wrapStep(protocol, 'update', (step, world, taken, settings) => {
    if (sessionOf(world, taken.id).phase !== 'dead') return step.run(world, taken, settings)
    const made = create(world, { operation: { ...taken, call: 'put' }, settings })
    return made.status === 'ok' ? [{ world: made.world, wrote: true, resolved: true }] : []
  })
}

function endsAnything(protocol: Protocol): Protocol {
  return wrapStep(protocol, 'revoke', (_, world, taken) =>
    protocol === CLUSTER
      ? taken.ids.map((id) => withOneRevoked((__, ids) => ids, world, taken, id, undefined))
      : [withPageRevoked(world, taken, undefined)],
  )
}

/** On a cluster: step 2 comes before step 1. */
const joinsAfterwards: Protocol = {
  ...changeOutcomes(CLUSTER, 'update', (outcome) => {
    const { next } = outcome
    return next?.at === 'join' ? { ...outcome, next: { ...next, at: 'update' } } : outcome
  }),
  firstStep: ({ call }) => (call === 'create' ? 'create' : 'update'),
}

/** A write may outlive `$indexed`. */
function outlives(protocol: Protocol): Protocol {
  return wrapStep(protocol, 'update', (step, world, taken, settings) => {
    const { indexed } = sessionOf(world, taken.id)
    const always = withSession(world, taken.id, { indexed: Infinity })
    return step.run(always, taken, settings).map((outcome) => {
      const after = sessionOf(outcome.world, taken.id)
      if (after.indexed !== Infinity) return outcome
      return { ...outcome, world: withSession(outcome.world, taken.id, { indexed }) }
    })
  })
}

function countsFromTheWrite(protocol: Protocol): Protocol {
  return wrapStep(protocol, 'create', (step, world, taken, settings) =>
    step.run(world, { ...taken, heldFor: 2 * taken.ttl - 1 }, settings),
  )
}

/** `$indexed` follows from the set that was joined, whatever the others hold. */
function forgetsOthers(protocol: Protocol): Protocol {
  return wrapStep(protocol, 'update', (step, world, taken, settings) => {
    const known = withSession(world, taken.id, { indexed: 2 * CLOCK.maxAge })
    return step.run(taken.joins.length > 0 ? known : world, taken, settings)
  })
}

function writesAll(protocol: Protocol): Protocol {
  const read = (world: World, { id }: Operation): string => {
    const { values, plain } = sessionOf(world, id)
    return `${values[0] === '' ? '-' : values[0]}${plain ? 'x' : ''}`
  }
  return splitStep(protocol, 'update', read, (world, taken, seen) => {
    if (sessionOf(world, taken.id).phase !== 'live') return [world, taken]
    const values = changed([seen.startsWith('-') ? '' : (seen.charAt(0) as Value)], taken.change)
    const whole = { values, plain: seen.endsWith('x') }
    return [withSession(world, taken.id, whole), { ...taken, memo: '' }]
  })
}

function checksBefore(protocol: Protocol): Protocol {
  return splitStep(
    protocol,
    'update',
    (_, { guard }) => (guard === 'replaced' ? '' : 'right'),
    (world, taken) => [world, { ...taken, guard: 'current', memo: '' }],
  )
}

function deletesSet(protocol: Protocol): Protocol {
  // On one node the script that ends the sessions takes their ids out of the set.
  const name = protocol === CLUSTER ? 'leave' : 'revoke'
  return changeOutcomes(protocol, name, (outcome, _, { call, set }) => {
    if (call !== 'revokeAll') return outcome
    return { ...outcome, world: withSet(outcome.world, set, { ids: [], life: 0 }) }
  })
}

/** `change`: the time to live of the sets that a step joins. */
function joining(
  protocol: Protocol,
  name: StepName,
  change: (before: number, after: number, ttl: number) => number,
): Protocol {
  return changeOutcomes(protocol, name, (outcome, before, { joins, ttl }) => {
    const world = joins.reduce((after, value) => {
      const { ids, life } = after.sets[value]
      return withSet(after, value, { ids, life: change(before.sets[value].life, life, ttl) })
    }, outcome.world)
    return { ...outcome, world }
  })
}

function neverExpires(protocol: Protocol, name: StepName): Protocol {
  return joining(protocol, name, (before, after) => (before === 0 && after > 0 ? NO_EXPIRY : after))
}

const ON_A_CLUSTER: readonly Variant[] = [
  {
    what: 'a write removes the id from the set of the old value',
    protocol: leaves(CLUSTER),
    breaks: 'found',
  },
  {
    what: 'a write does that after it has read the hash',
    protocol: checksBeforeLeaving(leaves(CLUSTER)),
    breaks: 'found',
  },
  {
    what: 'the set is joined after the hash was written',
    protocol: joinsAfterwards,
    breaks: 'ended',
  },
  {
    what: 'ids are pruned however young they are',
    protocol: clusterProtocol({
      prunable: (_, ids) => ids,
      safeguards: { ...SAFEGUARDS, buriesBeforePruning: false },
    }),
    breaks: 'found',
  },
  {
    what: '$indexed counts from when the hash is written, not from when the sets were joined',
    protocol: countsFromTheWrite(CLUSTER),
    breaks: 'index time',
    clock: { ...CLOCK, timeout: 2 },
  },
  {
    what: '$indexed leaves no margin for clocks that differ',
    protocol: clusterProtocol({ indexedFor: (ttl) => 2 * ttl }),
    breaks: 'index time',
    clock: { ...CLOCK, ahead: 1 },
  },
  {
    what: 'a join may lower the time to live of a set',
    protocol: joining(CLUSTER, 'join', (_, after, ttl) => Math.min(after, 2 * ttl)),
    breaks: 'index time',
    clock: CLOCK,
  },
  { what: 'a set never expires', protocol: neverExpires(CLUSTER, 'join'), breaks: 'leak' },
]

const ON_ONE_NODE: readonly Variant[] = [
  {
    what: 'a write leaves a set without the check that LEAVE_SET makes',
    protocol: leavesAlways,
    breaks: 'found',
  },
  { what: 'a set never expires', protocol: neverExpires(ONE_NODE, 'create'), breaks: 'leak' },
]

function onBoth(protocol: Protocol): Variant[] {
  return [
    { what: 'an update may create a session', protocol: mayCreate(protocol), breaks: 'ended' },
    {
      what: 'revokeAll ends sessions whatever value they have',
      protocol: endsAnything(protocol),
      breaks: 'spared',
    },
    {
      what: 'revokeAll deletes the set',
      protocol: deletesSet(protocol),
      breaks: 'found',
      sessions: 2,
    },
    {
      what: 'a touch may outlive $indexed',
      protocol: outlives(protocol),
      breaks: 'index time',
      clock: CLOCK,
    },
    {
      what: 'a touch may outlive its sets',
      protocol: outlives(protocol),
      breaks: 'found',
      clock: CLOCK,
    },
    {
      what: 'a join of one set counts for all sets',
      protocol: forgetsOthers(protocol),
      breaks: 'index time',
      clock: CLOCK,
    },
    {
      what: 'a write writes the whole session that it has read',
      protocol: writesAll(protocol),
      breaks: 'lost update',
    },
    {
      what: 'the secret is checked in a command of its own',
      protocol: checksBefore(protocol),
      breaks: 'superseded',
    },
    {
      what: 'nothing is pruned',
      protocol: withSteps(protocol, { prune: { run: (world) => [{ world }] } }),
      breaks: 'leak',
    },
  ]
}

export const VARIANTS: readonly Variant[] = [
  ...ON_A_CLUSTER,
  ...ON_ONE_NODE,
  ...onBoth(ONE_NODE),
  ...onBoth(CLUSTER),
]
