/** Each safeguard is needed, and with all of them the promises hold, the faults' own among them. */
import { describe, expect, test } from 'vitest'
import { clusterProtocol } from './cluster.js'
import { explore } from './explore.js'
import { SAFEGUARDS, type Safeguards } from './safeguards.js'
import { exploreAndReport, FEW_CALLS, modelOf, ONE, TIMED, TWO } from './models.js'
import { oneNodeProtocol } from './one-node.js'
import { type Promised, USUAL } from './promises.js'
import type { Protocol } from './protocol.js'
import type { Model } from './transitions.js'
import type { Workload } from './workload.js'
import { withoutStep3 } from './without-step-3.js'
import type { Settings } from './world.js'

interface Fault {
  readonly what: string
  readonly safeguard: keyof Safeguards
  readonly protocol: (safeguards: Safeguards) => Protocol
  readonly breaks: readonly Promised[]
  readonly settings: Settings
  readonly workload: Workload
  readonly model: Pick<Model, 'operations' | 'resends' | 'late'>
}

const onCluster = (safeguards: Safeguards): Protocol => clusterProtocol({ safeguards })

/** Clocks of machines may be so wrong that any id looks old. */
const withSkewedClocks = (safeguards: Safeguards): Protocol =>
  clusterProtocol({ safeguards, prunable: (_, ids) => ids })

const SIGN_INS: Workload = {
  creates: ['A'],
  updates: ['A'],
  guards: ['current'],
  puts: [],
  reuses: false,
  others: ['revokeAll'],
}

const HOURS_BEHIND: Settings = { ...ONE, failsOver: 'hours behind' }

const FAULTS: readonly Fault[] = [
  {
    what: 'on a cluster, a forged cookie adds the id of a living session to a set',
    safeguard: 'provesSecret',
    protocol: onCluster,
    breaks: ['unforged'],
    settings: ONE,
    workload: { ...FEW_CALLS, updates: ['A', 'B'], guards: ['current', 'forged'] },
    model: { operations: 3 },
  },
  {
    what: 'on a cluster, pruning by a wrong clock hides a session that was just created',
    safeguard: 'buriesBeforePruning',
    protocol: withSkewedClocks,
    breaks: ['found', 'ended'],
    settings: ONE,
    workload: FEW_CALLS,
    model: { operations: 3 },
  },
  {
    what: 'on one node, a resent creation revives a session that got its value from an operator',
    safeguard: 'buriesForOperator',
    protocol: oneNodeProtocol,
    breaks: ['for good'],
    settings: ONE,
    workload: {
      ...FEW_CALLS,
      updates: ['A', 'B'],
      guards: ['operator'],
      puts: ['A', 'B', 'none'],
      others: ['delete', 'revokeAll'],
    },
    model: { operations: 4, resends: true },
  },
  ...[onCluster, oneNodeProtocol].map((protocol): Fault => ({
    what: `on ${protocol(SAFEGUARDS).name}, a primary hours behind refuses sign-ins for hours`,
    safeguard: 'setsBackRevocations',
    protocol,
    breaks: ['let in'],
    settings: HOURS_BEHIND,
    workload: SIGN_INS,
    model: { operations: 4 },
  })),
]

const named = FAULTS.map((fault) => [fault.what, fault] as const)

describe.each(named)('%s', { timeout: 120_000 }, (what, fault) => {
  const { safeguard, protocol, breaks, settings, workload, model } = fault
  const modelWith = (safeguards: Safeguards): Model => ({
    ...modelOf(protocol(safeguards), settings, workload),
    ...model,
  })

  test.each(breaks)('without its safeguard, "%s" is broken', (promise) => {
    const unguarded = modelWith({ ...SAFEGUARDS, [safeguard]: false })
    const { broken, trace } = exploreAndReport(what, unguarded, { promises: [promise] })
    expect(broken).toBe(promise)
    expect(trace?.join('\n')).toMatchSnapshot()
  })

  test('with it, nothing is broken', () => {
    const promises = [...new Set([...USUAL, ...breaks])]
    const { broken, trace } = explore(modelWith(SAFEGUARDS), { promises })
    expect(broken, trace?.join('\n')).toBeUndefined()
  })
})

/** Pruning by wrong clocks is where a set could lose an id. */
describe('with all safeguards and wrong clocks, a cluster keeps the promises', () => {
  const evict = { max: 1, onMax: 'evict-oldest' } as const
  const few = { operations: 2 }
  const some = { operations: 3 }

  test.each<[string, Settings, Pick<Model, 'operations' | 'resends' | 'late'>]>([
    ['with commands sent twice', ONE, { ...some, resends: true }],
    ['with late scripts', ONE, { ...some, late: true }],
    ['on two sessions', TWO, few],
    ['with a limit', { ...TWO, limit: evict }, few],
    [
      'with a limit, and commands sent twice or late',
      { ...TWO, limit: evict },
      { ...few, resends: true, late: true },
    ],
  ])('%s', { timeout: 120_000 }, (what, settings, given) => {
    const workload: Workload =
      settings.sessions === 1 ? FEW_CALLS : { ...SIGN_INS, others: ['find', 'delete', 'revokeAll'] }
    const model = { ...modelOf(withSkewedClocks(SAFEGUARDS), settings, workload), ...given }
    const { broken, trace } = exploreAndReport(`wrong clocks, ${what}`, model)
    expect(broken, trace?.join('\n')).toBeUndefined()
  })
})

// Step 3 puts back an id that was pruned while its session was created. That cannot happen any more.
test.each([
  ['one session', { ...modelOf(withoutStep3(withSkewedClocks(SAFEGUARDS)), ONE), operations: 3 }],
  [
    'times that tick',
    { ...modelOf(withoutStep3(withSkewedClocks(SAFEGUARDS)), TIMED), operations: 3 },
  ],
  [
    'two sessions',
    { ...modelOf(withoutStep3(withSkewedClocks(SAFEGUARDS)), TWO, FEW_CALLS), operations: 2 },
  ],
])('with all safeguards, step 3 is needed only under a limit: %s', (_, model) => {
  expect(explore(model).broken).toBeUndefined()
})
