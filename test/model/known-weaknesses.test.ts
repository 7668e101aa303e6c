/**
 * What the protocol does not withstand. If one of these is no longer found, the protocol has become better,
 * and the docs may say so. README.md explains each.
 */
import { describe, expect, test } from 'vitest'
import { CLUSTER } from './cluster.js'
import { explore } from './explore.js'
import { exploreAndReport, FEW_CALLS, modelOf, ONE, TIMED, TWO } from './models.js'
import { ONE_NODE } from './one-node.js'
import { USUAL } from './promises.js'
import type { Protocol } from './protocol.js'
import type { Model } from './transitions.js'
import { withoutStep3 } from './without-step-3.js'
import type { Workload } from './workload.js'

type Trouble = (protocol: Protocol) => Model

const calls = (protocol: Protocol): Model => ({
  ...modelOf(protocol, ONE, FEW_CALLS),
  operations: 3,
})

/** The operator sets fields by id: of sessions of any age, also of dead ones. */
const PUTS: Workload = { ...FEW_CALLS, puts: ['A', 'B', 'plain'], reuses: true }

const TROUBLES = {
  'an id that is used again': (protocol) => ({
    ...calls(protocol),
    ...modelOf(protocol, ONE, PUTS),
  }),
  'clocks of nodes that differ by more than a tenth': (protocol) => ({
    ...calls(protocol),
    ...modelOf(protocol, { ...TIMED, clock: { ...TIMED.clock, ahead: 2 } }),
  }),
} satisfies Record<string, Trouble>

type TroubleName = keyof typeof TROUBLES

const LOSING = Object.keys(TROUBLES) as TroubleName[]

const OTHERS = ['spared', 'lost update', 'superseded', 'leak'] as const

describe.each(LOSING)('on a cluster, with %s', (name) => {
  test('a session may be lost', () => {
    const { broken, trace } = exploreAndReport(name, TROUBLES[name](CLUSTER), {
      promises: ['found'],
    })
    expect(broken).toBe('found')
    expect(trace?.join('\n')).toMatchSnapshot()
  })

  test('the other promises hold', () => {
    expect(explore(TROUBLES[name](CLUSTER), { promises: OTHERS }).broken).toBeUndefined()
  })
})

describe('one node withstands', () => {
  const { 'clocks of nodes that differ by more than a tenth': _, ...troubles } = TROUBLES

  test.each(Object.entries(troubles))('%s', (name, trouble) => {
    const { broken } = exploreAndReport(`${name}, on one node`, trouble(ONE_NODE))
    expect(broken).toBeUndefined()
  })
})

describe('a creation that is resent after more than a minute', () => {
  const creations = (protocol: Protocol, creates: Workload['creates']): Model => ({
    ...modelOf(protocol, { ...ONE, remembers: true }, { ...FEW_CALLS, creates }),
    operations: 3,
    resends: true,
    late: true,
  })

  test.each([ONE_NODE, CLUSTER])('may revive an ended session: $name', (protocol) => {
    const model = creations(protocol, ['A', 'none'])
    const { broken, trace } = exploreAndReport(`${protocol.name}, resent late`, model)
    expect(broken).toBe('ended')
    expect(trace?.join('\n')).toMatchSnapshot()
  })

  test('does so on a cluster only without references', () => {
    expect(explore(creations(CLUSTER, ['A'])).broken).toBeUndefined()
  })

  test('on one node, breaks no other promise', () => {
    const promises = USUAL.filter((promise) => promise !== 'ended')
    expect(explore(creations(ONE_NODE, ['A', 'none']), { promises }).broken).toBeUndefined()
  })
})

const EXPIRED = 'a creation that is resent after its session expired may have no slot on a cluster'

test(EXPIRED, { timeout: 120_000 }, () => {
  const limit = { max: 1, onMax: 'evict-oldest' } as const
  const few: Workload = { ...FEW_CALLS, creates: ['A'], updates: ['A'], others: [] }
  const { worlds, ...begun } = modelOf(CLUSTER, { ...TWO, limit }, few)
  const model = { ...begun, worlds: worlds.slice(0, 1), operations: 3, resends: true }
  const { broken, trace } = exploreAndReport('resent after it expired', model, {
    promises: ['limit'],
  })
  expect(broken).toBe('limit')
  expect(trace?.join('\n')).toMatchSnapshot()
})

// In most of the interleavings above step 3 puts back the id that would be lost.
test('without a limit and without any of these, step 3 is not needed', () => {
  expect(explore(calls(withoutStep3(CLUSTER))).broken).toBeUndefined()
})
