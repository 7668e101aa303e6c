/**
 * What the protocol does not hold against, on a cluster: if one of these is found no longer, the
 * protocol has become better, and the documents may say so. README.md explains each in plain words.
 */
import { describe, expect, test } from 'vitest'
import type { Calls } from './calls.js'
import { aged, calling, check, FEW_CALLS, ONE, TIMED } from './check.js'
import { CLUSTER } from './cluster.js'
import { CREATES_ONCE, ENDS_AS_IT_PRUNES, withoutStep3 } from './limits.js'
import { explore } from './explore.js'
import type { Model } from './moves.js'
import { SINGLE_NODE } from './single-node.js'
import type { Protocol } from './step.js'

type Trouble = (protocol: Protocol) => Model

const calls = (protocol: Protocol): Model => ({
  ...calling(protocol, ONE, FEW_CALLS),
  operations: 3,
})

/** The operator sets fields by id: of sessions of any age, also dead ones. */
const PUTS: Calls = { ...FEW_CALLS, puts: ['A', 'B', 'plain'], reuses: true }

const TROUBLES = {
  'a creation that is sent again': (protocol) => ({ ...calls(protocol), resends: true }),
  'a creation that runs more than a minute late': (protocol) => ({
    ...calls(protocol),
    late: true,
  }),
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

describe('if an id could be created but once, a cluster would hold against', () => {
  const troubles = [
    'a creation that is sent again',
    'a creation that runs more than a minute late',
  ] as const

  test.each(troubles)('%s', (name) => {
    expect(explore(TROUBLES[name](CREATES_ONCE)).broken).toBeUndefined()
  })

  test.each(troubles)('%s, even without step 3', (name) => {
    expect(explore(TROUBLES[name](withoutStep3(CREATES_ONCE))).broken).toBeUndefined()
  })
})

test('if ids of the ended stayed for a minute, a creation could be sent again', () => {
  const model = TROUBLES['a creation that is sent again'](ENDS_AS_IT_PRUNES)
  expect(explore(model).broken).toBeUndefined()
})

// It brings back, in most of the interleavings above, what would be lost.
test('without any of these, step 3 is not needed', () => {
  expect(explore(calls(withoutStep3(CLUSTER))).broken).toBeUndefined()
})
