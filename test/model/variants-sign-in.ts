/** Protocols that are wrong about sign-ins under way or about limits, by one change. */
import { changeOutcomes, wrapStep } from './change-step.js'
import { CLUSTER, clusterProtocol } from './cluster.js'
import { ONE_NODE } from './one-node.js'
import type { Operation, StepName } from './operation.js'
import type { Outcome, Protocol } from './protocol.js'
import type { Variant } from './variants.js'
import { idsOf, isLive, sessionOf, withSession, type World } from './world.js'

/** Steps that run as for another operation. What it does not change is kept. */
function runAs(
  protocol: Protocol,
  names: readonly StepName[],
  change: (taken: Operation) => Partial<Operation>,
): Protocol {
  return names.reduce(
    (changed, name) =>
      wrapStep(changed, name, (step, world, taken, settings) => {
        const other = change(taken)
        return step.run(world, { ...taken, ...other }, settings).map((outcome): Outcome => {
          const { next } = outcome
          const kept = next?.at === 'join' || next?.at === taken.at || next?.asleep === taken.asleep
          if (next === undefined || !kept || !('revocations' in other)) return outcome
          return {
            ...outcome,
            next: { ...next, revocations: next.how === 'confirm' ? 0 : taken.revocations },
          }
        })
      }),
    protocol,
  )
}

const WRITES: readonly StepName[] = ['create', 'update']

function askingSteps(protocol: Protocol): readonly StepName[] {
  return protocol.name === CLUSTER.name ? ['join'] : WRITES
}

/** Without a revocation time no tombstone names one. */
function withoutTombstones(protocol: Protocol): Protocol {
  return protocol.name === CLUSTER.name
    ? runAs(protocol, WRITES, () => ({ tombstone: '' }))
    : protocol
}

function withoutRevocationTime(protocol: Protocol): Protocol {
  return withoutTombstones(runAs(protocol, askingSteps(protocol), () => ({ revocations: 0 })))
}

/** Only a sign-in that began before a revokeAll which has resolved meets its revocation time. */
function revocationTimeAfterwards(protocol: Protocol): Protocol {
  const late = ({ outdated, revocations }: Operation): Partial<Operation> => ({
    revocations: outdated ? revocations : 0,
  })
  return withoutTombstones(runAs(protocol, askingSteps(protocol), late))
}

/** A tombstone is compared with something else. */
function comparedAs(how: (world: World) => string): Protocol {
  return changeOutcomes(CLUSTER, 'join', (outcome, before, { revocationsSinceJoin }) => {
    const { next } = outcome
    if (next === undefined || revocationsSinceJoin >= 0 || next.revocationsSinceJoin < 0)
      return outcome
    return { ...outcome, next: { ...next, memo: how(before) } }
  })
}

/** Steps that end sessions leave no tombstone. */
function withoutEndRecorded(protocol: Protocol, names: readonly StepName[]): Protocol {
  const unrecorded = (before: World, after: World): World =>
    idsOf(after)
      .filter((id) => isLive(before, id) && sessionOf(after, id).ended === 'tombstone')
      .reduce((world, id) => withSession(world, id, { ended: 'unrecorded' }), after)
  const forget: Parameters<typeof changeOutcomes>[2] = (outcome, before) => {
    return { ...outcome, world: unrecorded(before, outcome.world) }
  }
  return names.reduce((changed, name) => changeOutcomes(changed, name, forget), protocol)
}

/** A slot is freed before its session is ended. */
function freesFirst(protocol: Protocol, writes: StepName): Protocol {
  const first = changeOutcomes(protocol, writes, (outcome) => {
    const { next } = outcome
    return next?.at === 'evict' ? { ...outcome, next: { ...next, at: 'release slots' } } : outcome
  })
  return wrapStep(first, 'release slots', (step, world, taken, settings) =>
    step.run(world, taken, settings).map((outcome): Outcome => {
      if (taken.how !== 'confirm' || taken.memo !== '') return outcome
      return { world: outcome.world, next: { ...taken, at: 'evict', memo: 'freed' } }
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

const WITH_UPDATES = { ...CREATIONS, updates: ['A', 'unset'], guards: ['current'] } as const

const EVICTS = { sessions: 2, limit: { max: 1, onMax: 'evict-oldest' } } as const
/** Sign-ins alone, after which at least one session lives. */
const STAYS = {
  sessions: 2,
  limit: { ...EVICTS.limit, fills: 1 },
  workload: { ...CREATIONS, updates: ['A'], guards: ['current'], others: [] },
  model: { calm: true },
} as const
const CALM = { ...EVICTS, workload: WITH_UPDATES, model: { calm: true } } as const

function onBoth(protocol: Protocol): Variant[] {
  const onCluster = protocol.name === CLUSTER.name
  return [
    {
      what: 'revokeAll leaves no revocation time for requests under way',
      protocol: withoutRevocationTime(protocol),
      breaks: 'under way',
    },
    {
      what: 'revokeAll leaves its revocation time after the walk',
      protocol: revocationTimeAfterwards(protocol),
      breaks: 'ended',
      sessions: 2,
    },
    {
      what: 'an ended session leaves no tombstone',
      protocol: withoutEndRecorded(protocol, onCluster ? ['delete', 'revoke'] : ['delete']),
      breaks: 'ended',
      workload: CREATIONS,
      model: { resends: true },
    },
    {
      what: 'a slot is freed before its session is ended',
      protocol: freesFirst(protocol, onCluster ? 'join again' : 'create'),
      breaks: 'limit',
      ...EVICTS,
      workload: CREATIONS,
    },
  ]
}

export const SIGN_IN_VARIANTS: readonly Variant[] = [
  ...onBoth(ONE_NODE),
  ...onBoth(CLUSTER),
  {
    what: 'a sign-in that has a slot is not told the excess sessions',
    protocol: changeOutcomes(ONE_NODE, 'update', (outcome, _, { how }) => {
      const { next } = outcome
      if (how !== 'claim' || next === undefined || next.slotsToFree.length === 0) return outcome
      const left: Operation = { ...next, slotsToFree: [], ids: [] }
      return { ...outcome, resolved: true, next: next.at === 'evict' ? undefined : left }
    }),
    breaks: 'limit',
    ...CALM,
  },
  {
    what: 'revokeAll leaves no tombstone beside a session that does not have the value yet',
    protocol: withoutTombstones(CLUSTER),
    breaks: 'under way',
  },
  {
    what: 'tombstones are compared by a clock, which a failover may set back',
    protocol: comparedAs(({ clockSetBack }) => (clockSetBack ? '' : 'by the clock')),
    breaks: 'under way',
    failsOver: 'seconds behind',
  },
  {
    what: 'a tombstone also refuses a sign-in that joined after the revocation time',
    protocol: comparedAs(() => 'or equal'),
    breaks: 'let in',
  },
  {
    what: 'step 2 may come more than 50 s after step 1',
    protocol: runAs(CLUSTER, WRITES, () => ({ tooLate: false })),
    breaks: 'under way',
    workload: CREATIONS,
    model: { late: true },
  },
  {
    what: 'the slot is not confirmed in step 3',
    protocol: runAs(CLUSTER, ['join again'], () => ({ how: 'keep' })),
    breaks: 'limit',
    ...CALM,
  },
  {
    what: 'a sign-in that has a slot is not told its time',
    protocol: clusterProtocol({ reportedSlots: 'new' }),
    breaks: 'limit',
    ...CALM,
  },
  {
    what: 'a resent creation is told also the sessions that signed in since',
    protocol: runAs(ONE_NODE, ['create'], ({ resent, earlierSlots }) => ({
      earlierSlots: resent ? [0, 1] : earlierSlots,
    })),
    breaks: 'slots',
    ...STAYS,
    sessions: 3,
    model: { calm: true, resends: true },
  },
  {
    what: 'a session is evicted although it has signed in again',
    protocol: runAs(CLUSTER, ['evict'], ({ slotsToFree }) => ({
      slotsToFree: slotsToFree.map(([id, changes]) => [id, changes, 0]),
    })),
    breaks: 'slots',
    ...STAYS,
  },
  {
    what: 'a sign-in that confirms its slot is told also the sessions that signed in since',
    protocol: runAs(CLUSTER, ['join again'], () => ({ earlierSlots: [0, 1] })),
    breaks: 'slots',
    ...STAYS,
  },
  {
    what: 'a freed slot leaves no tombstone',
    protocol: changeOutcomes(CLUSTER, 'evict', (outcome) => ({ ...outcome, effects: undefined })),
    breaks: 'limit',
    ...EVICTS,
    workload: { ...WITH_UPDATES, updates: ['A'] },
    model: { operations: 2 },
  },
]
