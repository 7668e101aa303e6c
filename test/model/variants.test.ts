/** The model finds what is wrong with protocols that are known to be wrong, and nothing else. */
import { describe, expect, test } from 'vitest'
import { calling, check, ONE, TIMED, TWO, FEW_CALLS } from './check.js'
import { CLUSTER } from './cluster.js'
import type { Model } from './moves.js'
import { explore } from './explore.js'
import { SINGLE_NODE } from './single-node.js'
import type { Protocol } from './step.js'
import { type Variant, VARIANTS } from './variants.js'

function modelOf(protocol: Protocol, { clock, sessions }: Variant): Model {
  if (sessions === 2) return { ...calling(protocol, TWO, FEW_CALLS), operations: 2 }
  const settings = clock === undefined ? ONE : { ...TIMED, clock }
  return { ...calling(protocol, settings), operations: 3 }
}

const named = VARIANTS.map((one) => [`${one.protocol.name}: ${one.what}`, one] as const)

describe.each(named)('%s', (name, variant) => {
  const { protocol, breaks } = variant

  test(`breaks "${breaks}"`, () => {
    const { broken, trace } = check(name, modelOf(protocol, variant), { promises: [breaks] })
    expect(broken).toBe(breaks)
    // The shortest way to it: read them in __snapshots__.
    expect(trace?.join('\n')).toMatchSnapshot()
  })

  test('and without that nothing is broken', () => {
    const right = protocol.name === CLUSTER.name ? CLUSTER : SINGLE_NODE
    expect(explore(modelOf(right, variant)).broken).toBeUndefined()
  })
})
