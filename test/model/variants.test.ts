/** The model finds what is wrong with protocols that are known to be wrong, and nothing else. */
import { describe, expect, test } from 'vitest'
import { calling, check, ONE, TIMED, TWO, FEW_CALLS } from './check.js'
import { CLUSTER } from './cluster.js'
import type { Model } from './moves.js'
import { explore } from './explore.js'
import { SINGLE_NODE } from './single-node.js'
import type { Protocol } from './step.js'
import { SIGN_IN_VARIANTS } from './sign-in-variants.js'
import { type Variant, VARIANTS } from './variants.js'
import type { Settings } from './world.js'

function modelOf(protocol: Protocol, variant: Variant): Model {
  const { clock, sessions, limit, failsOver, calls, model } = variant
  const operations = sessions === 2 && limit === undefined ? 2 : 3
  const settings: Settings = {
    ...(clock !== undefined
      ? { ...TIMED, clock }
      : sessions === undefined
        ? ONE
        : { ...TWO, sessions }),
    ...(limit && { limit }),
    ...(failsOver && { failsOver }),
  }
  const begun = calling(
    protocol,
    settings,
    calls ?? (sessions === undefined ? undefined : FEW_CALLS),
  )
  return { ...begun, operations, ...model }
}

const named = [...VARIANTS, ...SIGN_IN_VARIANTS].map(
  (one) => [`${one.protocol.name}: ${one.what}`, one] as const,
)

describe.each(named)('%s', { timeout: 120_000 }, (name, variant) => {
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
