/**
 * Protocols that are known to be wrong, each by one change to the right one. The model has to find
 * what is wrong with them.
 */
import { altered, instead, inTwo, rerun } from './alter.js'
import type { Calls } from './calls.js'
import { CLUSTER, clusterProtocol } from './cluster.js'
import type { Model } from './moves.js'
import { type Operation, operation, type StepName } from './operation.js'
import type { Promised } from './promises.js'
import { changed, create, remove } from './scripts.js'
import { oneEnded, pageEnded } from './search.js'
import { SINGLE_NODE } from './single-node.js'
import type { Outcome, Protocol } from './step.js'
import {
  type Clock,
  type Limit,
  hasValue,
  NO_EXPIRY,
  sessionOf,
  type Value,
  valuesOf,
  withSession,
  withSet,
  type World,
} from './world.js'

export interface Variant {
  readonly what: string
  readonly protocol: Protocol
  /** The promise that it breaks. */
  readonly breaks: Promised
  /** What it takes to see that: a clock, or another session. */
  readonly clock?: Clock
  readonly sessions?: 2 | 3
  readonly limit?: Limit
  readonly failsOver?: true
  readonly calls?: Calls
  readonly model?: Pick<Model, 'resends' | 'late' | 'calm'> & { readonly operations?: number }
}

const CLOCK: Clock = { maxAge: 2, own: [3], timeout: 1 }

/** The values that a step has taken from its session. */
function lost(outcome: Outcome, before: World, { id }: Operation): Value[] {
  const { values } = sessionOf(outcome.world, id)
  return valuesOf(sessionOf(before, id)).filter((value) => !values.includes(value))
}

/** Takes the id out of the set that it leaves: after step 3, or after step 2 where there is no 3. */
function leaves(protocol: Protocol): Protocol {
  const leave = (id: number, sets: readonly Value[]): Operation =>
    operation({ call: 'update', at: 'leave', id, ended: [id], todo: sets })
  const noting = instead(protocol, 'update', (outcome, before, taken) => {
    const sets = outcome.wrote === true ? lost(outcome, before, taken) : []
    if (sets.length === 0) return outcome
    const { next } = outcome
    return {
      ...outcome,
      next: next === undefined ? leave(taken.id, sets) : { ...next, note: sets.join(',') },
    }
  })
  return instead(noting, 'join again', (outcome, _, { id, note }) =>
    outcome.resolved !== true || note === ''
      ? outcome
      : { ...outcome, next: leave(id, note.split(',') as Value[]) },
  )
}

function looksBeforeLeaving(protocol: Protocol): Protocol {
  return inTwo(
    protocol,
    'leave',
    (world, { id, todo }) => (todo.some((value) => hasValue(world, id, value)) ? '' : 'has left'),
    (world, taken) => [world, taken],
  )
}

const leavesAlways = altered(SINGLE_NODE, {
  leave: {
    stands: 'SREM in place of UNLINK',
    run: (world, { id, todo }) => todo.map((value) => ({ world: remove(world, value, [id]) })),
  },
})

/** An update that writes the hash whether it is there or not. */
function mayCreate(protocol: Protocol): Protocol {
  return rerun(protocol, 'update', (step, world, taken, settings) => {
    if (sessionOf(world, taken.id).phase !== 'dead') return step.run(world, taken, settings)
    const made = create(world, { operation: { ...taken, call: 'put' }, settings })
    return made.status === 'ok' ? [{ world: made.world, wrote: true, resolved: true }] : []
  })
}

function endsAnything(protocol: Protocol): Protocol {
  return rerun(protocol, 'end', (_, world, taken) =>
    protocol === CLUSTER
      ? taken.ids.map((id) => oneEnded((__, ids) => ids, world, taken, id, undefined))
      : [pageEnded(world, taken, undefined)],
  )
}

/** On a cluster: step 2 before step 1, which is then step 3. */
const joinsAfterwards: Protocol = {
  ...instead(CLUSTER, 'update', (outcome) => {
    const { next } = outcome
    return next?.at === 'join' ? { ...outcome, next: { ...next, at: 'update' } } : outcome
  }),
  first: ({ call }) => (call === 'create' ? 'create' : 'update'),
}

/** A write that outlives `$indexed` is done all the same. */
function outlives(protocol: Protocol): Protocol {
  return rerun(protocol, 'update', (step, world, taken, settings) => {
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
  return rerun(protocol, 'create', (step, world, taken, settings) =>
    step.run(world, { ...taken, held: 2 * taken.ttl - 1 }, settings),
  )
}

/** `$indexed` is set as the joined set allows, whatever the others hold. */
function forgetsOthers(protocol: Protocol): Protocol {
  return rerun(protocol, 'update', (step, world, taken, settings) => {
    const known = withSession(world, taken.id, { indexed: 2 * CLOCK.maxAge })
    return step.run(taken.joins.length > 0 ? known : world, taken, settings)
  })
}

/** Reads the whole session, and writes all of it. */
function writesAll(protocol: Protocol): Protocol {
  const look = (world: World, { id }: Operation): string => {
    const { values, plain } = sessionOf(world, id)
    return `${values[0] === '' ? '-' : values[0]}${plain ? 'x' : ''}`
  }
  return inTwo(protocol, 'update', look, (world, taken, seen) => {
    if (sessionOf(world, taken.id).phase !== 'live') return [world, taken]
    const values = changed([seen.startsWith('-') ? '' : (seen.charAt(0) as Value)], taken.change)
    const read = { values, plain: seen.endsWith('x') }
    return [withSession(world, taken.id, read), { ...taken, note: '' }]
  })
}

/** Asks whether the secret is right, and writes later. */
function checksBefore(protocol: Protocol): Protocol {
  return inTwo(
    protocol,
    'update',
    (_, { guard }) => (guard === 'replaced' ? '' : 'right'),
    (world, taken) => [world, { ...taken, guard: 'current', note: '' }],
  )
}

function deletesSet(protocol: Protocol): Protocol {
  // On a single node the script that ends them takes them out of it.
  const name = protocol === CLUSTER ? 'leave' : 'end'
  return instead(protocol, name, (outcome, _, { call, set }) => {
    if (call !== 'revokeAll') return outcome
    return { ...outcome, world: withSet(outcome.world, set, { ids: [], life: 0 }) }
  })
}

/** What becomes of the sets that a step joins. */
function joining(
  protocol: Protocol,
  name: StepName,
  change: (before: number, after: number, ttl: number) => number,
): Protocol {
  return instead(protocol, name, (outcome, before, { joins, ttl }) => {
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
    what: 'a write takes the id out of the set that it leaves',
    protocol: leaves(CLUSTER),
    breaks: 'found',
  },
  {
    what: 'a write does that after a look at the hash',
    protocol: looksBeforeLeaving(leaves(CLUSTER)),
    breaks: 'found',
  },
  {
    what: 'the set is joined after the hash was written',
    protocol: joinsAfterwards,
    breaks: 'ended',
  },
  {
    what: 'ids are pruned however young they are',
    protocol: clusterProtocol({ prunable: (_, ids) => ids }),
    breaks: 'found',
  },
  {
    what: '$indexed counts from when the hash is written, not from when the sets were joined',
    protocol: countsFromTheWrite(CLUSTER),
    breaks: 'index time',
    clock: { ...CLOCK, timeout: 2 },
  },
  {
    what: '$indexed does not allow for clocks that differ',
    protocol: clusterProtocol({ joinedFor: (ttl) => 2 * ttl }),
    breaks: 'index time',
    clock: { ...CLOCK, ahead: 1 },
  },
  {
    what: 'joining may lower the time to live of a set',
    protocol: joining(CLUSTER, 'join', (_, after, ttl) => Math.min(after, 2 * ttl)),
    breaks: 'index time',
    clock: CLOCK,
  },
  { what: 'a set never expires', protocol: neverExpires(CLUSTER, 'join'), breaks: 'leak' },
]

const ON_A_SINGLE_NODE: readonly Variant[] = [
  {
    what: 'a write leaves a set without the look that UNLINK takes',
    protocol: leavesAlways,
    breaks: 'found',
  },
  { what: 'a set never expires', protocol: neverExpires(SINGLE_NODE, 'create'), breaks: 'leak' },
]

function onBoth(protocol: Protocol): Variant[] {
  return [
    { what: 'an update may create', protocol: mayCreate(protocol), breaks: 'ended' },
    {
      what: 'revokeAll deletes without a condition',
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
      what: 'joining one set stands for all',
      protocol: forgetsOthers(protocol),
      breaks: 'index time',
      clock: CLOCK,
    },
    {
      what: 'a write writes all that it has read',
      protocol: writesAll(protocol),
      breaks: 'lost update',
    },
    {
      what: 'the secret is checked in a command of its own',
      protocol: checksBefore(protocol),
      breaks: 'superseded',
    },
    {
      what: 'nobody prunes',
      protocol: altered(protocol, { prune: { stands: 'nothing', run: (world) => [{ world }] } }),
      breaks: 'leak',
    },
  ]
}

export const VARIANTS: readonly Variant[] = [
  ...ON_A_CLUSTER,
  ...ON_A_SINGLE_NODE,
  ...onBoth(SINGLE_NODE),
  ...onBoth(CLUSTER),
]
