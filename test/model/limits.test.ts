/**
 * What the protocol does not hold against, on a cluster: if one of these is found no longer, the
 * protocol has become better, and the documents may say so. README.md explains each in plain words.
 */
import { describe, expect, test } from 'vitest'
import type { Calls } from './calls.js'
import { aged, calling, check, FEW_CALLS, ONE, TIMED, TWO } from './check.js'
import { CLUSTER } from './cluster.js'
import { withoutStep3 } from './limits.js'
import { explore } from './explore.js'
import type { Model } from './moves.js'
import { SINGLE_NODE } from './single-node.js'
import { PROMISES, type Promised } from './promises.js'
import type { Protocol } from './step.js'

type Trouble = (protocol: Protocol) => Model

const calls = (protocol: Protocol): Model => ({
  ...calling(protocol, ONE, FEW_CALLS),
  operations: 3,
})

/** The operator sets fields by id: of sessions of any age, also dead ones. */
const PUTS: Calls = { ...FEW_CALLS, puts: ['A', 'B', 'plain'], reuses: true }

const TROUBLES = {
  'a machine whose clock is a minute behind': (protocol) => {
    const { worlds, ...rest } = calls(protocol)
    return { ...rest, worlds: aged(worlds) }
  },
  'an id that is used again': (protocol) => ({
    ...calls(protocol),
    ...calling(protocol, ONE, PUTS),
  }),
  'clocks of nodes that differ by more than a tenth': (protocol) => ({
    ...calls(protocol),
    ...calling(protocol, { ...TIMED, clock: { ...TIMED.clock, ahead: 2 } }),
  }),
} satisfies Record<string, Trouble>

type TroubleName = keyof typeof TROUBLES

const OTHERS = ['spared', 'lost update', 'superseded', 'leak'] as const

describe.each(Object.keys(TROUBLES) as TroubleName[])('on a cluster, with %s', (name) => {
  test('a session may be lost', () => {
    const { broken, trace } = check(name, TROUBLES[name](CLUSTER), { promises: ['found'] })
    expect(broken).toBe('found')
    expect(trace?.join('\n')).toMatchSnapshot()
  })

  test('the other promises hold', () => {
    expect(explore(TROUBLES[name](CLUSTER), { promises: OTHERS }).broken).toBeUndefined()
  })
})

describe('a single node holds against', () => {
  const { 'clocks of nodes that differ by more than a tenth': _, ...troubles } = TROUBLES

  test.each(Object.entries(troubles))('%s', (name, trouble) => {
    const { broken } = check(`${name}, on a single node`, trouble(SINGLE_NODE))
    expect(broken).toBeUndefined()
  })
})

describe('a creation that is sent again after more than a minute', () => {
  const creations = (protocol: Protocol, creates: Calls['creates']): Model => ({
    ...calling(protocol, { ...ONE, remembers: true }, { ...FEW_CALLS, creates }),
    operations: 3,
    resends: true,
    late: true,
  })

  test.each([SINGLE_NODE, CLUSTER])('may make an ended session anew: $name', (protocol) => {
    const model = creations(protocol, ['A', 'none'])
    const { broken, trace } = check(`${protocol.name}, sent again late`, model)
    expect(broken).toBe('ended')
    expect(trace?.join('\n')).toMatchSnapshot()
  })

  test('does so on a cluster only without references', () => {
    expect(explore(creations(CLUSTER, ['A'])).broken).toBeUndefined()
  })

  test('loses no session on a single node, and lets nobody in', () => {
    const promises = (Object.keys(PROMISES) as Promised[]).filter((each) => each !== 'ended')
    expect(explore(creations(SINGLE_NODE, ['A', 'none']), { promises }).broken).toBeUndefined()
  })
})

const EXPIRED =
  'a creation that is sent again after its session expired may have no seat on a cluster'

test(EXPIRED, { timeout: 120_000 }, () => {
  const limit = { max: 1, onMax: 'evict-oldest' } as const
  const few: Calls = { ...FEW_CALLS, creates: ['A'], updates: ['A'], others: [] }
  const { worlds, ...begun } = calling(CLUSTER, { ...TWO, limit }, few)
  const model = { ...begun, worlds: worlds.slice(0, 1), operations: 3, resends: true }
  const { broken, trace } = check('sent again after it expired', model, { promises: ['limit'] })
  expect(broken).toBe('limit')
  expect(trace?.join('\n')).toMatchSnapshot()
})

// It brings back, in most of the interleavings above, what would be lost.
test('without any of these, step 3 is not needed', () => {
  expect(explore(calls(withoutStep3(CLUSTER))).broken).toBeUndefined()
})
