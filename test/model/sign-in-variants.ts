/** Protocols that are wrong about sign-ins under way, or about limits: each by one change. */
import { instead, rerun } from './alter.js'
import { CLUSTER, clusterProtocol } from './cluster.js'
import type { Operation, StepName } from './operation.js'
import { SINGLE_NODE } from './single-node.js'
import type { Outcome, Protocol } from './step.js'
import type { Variant } from './variants.js'
import { idsOf, isLive, sessionOf, withSession, type World } from './world.js'

/** Steps that are taken as another call would take them; what it knows beside is kept. */
function as(
  protocol: Protocol,
  names: readonly StepName[],
  change: (taken: Operation) => Partial<Operation>,
): Protocol {
  return names.reduce(
    (changed, name) =>
      rerun(changed, name, (step, world, taken, settings) => {
        const other = change(taken)
        return step.run(world, { ...taken, ...other }, settings).map((outcome): Outcome => {
          const { next } = outcome
          const kept = next?.at === 'join' || next?.at === taken.at || next?.asleep === taken.asleep
          if (next === undefined || !kept || !('age' in other)) return outcome
          return { ...outcome, next: { ...next, age: next.how === 'confirm' ? 0 : taken.age } }
        })
      }),
    protocol,
  )
}

const WRITES: readonly StepName[] = ['create', 'update']

function asking(protocol: Protocol): readonly StepName[] {
  return protocol.name === CLUSTER.name ? ['join'] : WRITES
}

/** Nobody is noted where there is no mark to note. */
function unnoted(protocol: Protocol): Protocol {
  return protocol.name === CLUSTER.name ? as(protocol, WRITES, () => ({ noted: '' })) : protocol
}

function withoutMark(protocol: Protocol): Protocol {
  return unnoted(as(protocol, asking(protocol), () => ({ age: 0 })))
}

/** Those are doomed who began before a revokeAll that has been answered: only they meet its mark. */
function marksAtLast(protocol: Protocol): Protocol {
  const late = ({ doomed, age }: Operation): Partial<Operation> => ({ age: doomed ? age : 0 })
  return unnoted(as(protocol, asking(protocol), late))
}

/** What a note is compared with is something else. */
function comparing(how: (world: World) => string): Protocol {
  return instead(CLUSTER, 'join', (outcome, before, { seen }) => {
    const { next } = outcome
    if (next === undefined || seen >= 0 || next.seen < 0) return outcome
    return { ...outcome, next: { ...next, note: how(before) } }
  })
}

/** Steps that end sessions note nothing of it. */
function withoutEnded(protocol: Protocol, names: readonly StepName[]): Protocol {
  const unnoticed = (before: World, after: World): World =>
    idsOf(after)
      .filter((id) => isLive(before, id) && sessionOf(after, id).ended === 'noted')
      .reduce((world, id) => withSession(world, id, { ended: 'unnoticed' }), after)
  const forget: Parameters<typeof instead>[2] = (outcome, before) => {
    return { ...outcome, world: unnoticed(before, outcome.world) }
  }
  return names.reduce((changed, name) => instead(changed, name, forget), protocol)
}

/** A seat is freed, and then its session is ended. */
function freesFirst(protocol: Protocol, writes: StepName): Protocol {
  const first = instead(protocol, writes, (outcome) => {
    const { next } = outcome
    return next?.at === 'evict' ? { ...outcome, next: { ...next, at: 'unseat' } } : outcome
  })
  return rerun(first, 'unseat', (step, world, taken, settings) =>
    step.run(world, taken, settings).map((outcome): Outcome => {
      if (taken.how !== 'confirm' || taken.note !== '') return outcome
      return { world: outcome.world, next: { ...taken, at: 'evict', note: 'freed' } }
    }),
  )
}

const CREATIONS = {
  creates: ['A'],
  updates: [],
  guards: [],
  puts: [],
  reuses: false,
  others: ['delete', 'revokeAll'],
} as const

const MOVES = { ...CREATIONS, updates: ['A', 'unset'], guards: ['current'] } as const

const EVICTS = { sessions: 2, limit: { max: 1, onMax: 'evict-oldest' } } as const
/** Sign-ins alone, of which somebody stays. */
const STAYS = {
  sessions: 2,
  limit: { ...EVICTS.limit, fills: 1 },
  calls: { ...CREATIONS, updates: ['A'], guards: ['current'], others: [] },
  model: { calm: true },
} as const
const CALM = { ...EVICTS, calls: MOVES, model: { calm: true } } as const

function onBoth(protocol: Protocol): Variant[] {
  const onCluster = protocol.name === CLUSTER.name
  return [
    {
      what: 'no mark is left for requests that are under way',
      protocol: withoutMark(protocol),
      breaks: 'under way',
    },
    {
      what: 'the mark is left after the walk',
      protocol: marksAtLast(protocol),
      breaks: 'ended',
      sessions: 2,
    },
    {
      what: 'of a session that was ended nothing is noted',
      protocol: withoutEnded(protocol, onCluster ? ['delete', 'end'] : ['delete']),
      breaks: 'ended',
      calls: CREATIONS,
      model: { resends: true },
    },
    {
      what: 'a seat is freed before its session is ended',
      protocol: freesFirst(protocol, onCluster ? 'join again' : 'create'),
      breaks: 'limit',
      ...EVICTS,
      calls: CREATIONS,
    },
  ]
}

export const SIGN_IN_VARIANTS: readonly Variant[] = [
  ...onBoth(SINGLE_NODE),
  ...onBoth(CLUSTER),
  {
    what: 'who claims the seat that it has is not told who is too many',
    protocol: instead(SINGLE_NODE, 'update', (outcome, _, { how }) => {
      const { next } = outcome
      if (how !== 'claim' || next === undefined || next.free.length === 0) return outcome
      const left: Operation = { ...next, free: [], ids: [] }
      return { ...outcome, resolved: true, next: next.at === 'evict' ? undefined : left }
    }),
    breaks: 'limit',
    ...CALM,
  },
  {
    what: 'revokeAll notes nothing of those that have not yet the value',
    protocol: unnoted(CLUSTER),
    breaks: 'under way',
  },
  {
    what: 'what is noted is compared by the clock, which another node sets back',
    protocol: comparing(({ setBack }) => (setBack ? '' : 'by the clock')),
    breaks: 'under way',
    failsOver: true,
  },
  {
    what: 'a note refuses also who joined after the mark',
    protocol: comparing(() => 'or equal'),
    breaks: 'let in',
  },
  {
    what: 'step 2 may come more than 50 s after step 1',
    protocol: as(CLUSTER, WRITES, () => ({ tooLate: false })),
    breaks: 'under way',
    calls: CREATIONS,
    model: { late: true },
  },
  {
    what: 'the seat is not confirmed in step 3',
    protocol: as(CLUSTER, ['join again'], () => ({ how: 'keep' })),
    breaks: 'limit',
    ...CALM,
  },
  {
    what: 'who claims the seat that it has is not told since when',
    protocol: clusterProtocol({ tells: 'new' }),
    breaks: 'limit',
    ...CALM,
  },
  {
    what: 'a creation that is sent again is told of those that came since, too',
    protocol: as(SINGLE_NODE, ['create'], ({ resent, ahead }) => ({
      ahead: resent ? [0, 1] : ahead,
    })),
    breaks: 'seats',
    ...STAYS,
    sessions: 3,
    model: { calm: true, resends: true },
  },
  {
    what: 'who signs in again is ended all the same',
    protocol: as(CLUSTER, ['evict'], ({ free }) => ({
      free: free.map(([id, changes]) => [id, changes, 0]),
    })),
    breaks: 'seats',
    ...STAYS,
  },
  {
    what: 'who confirms a seat that was claimed again is told of those that came since, too',
    protocol: as(CLUSTER, ['join again'], () => ({ ahead: [0, 1] })),
    breaks: 'seats',
    ...STAYS,
  },
  {
    what: 'of a seat that is freed nothing is noted',
    protocol: instead(CLUSTER, 'evict', (outcome) => ({ ...outcome, told: undefined })),
    breaks: 'limit',
    ...EVICTS,
    calls: { ...MOVES, updates: ['A'] },
    model: { operations: 2 },
  },
]
