/** The model finds the fault of each wrong protocol, and none in the right one. */
import { describe, expect, test } from 'vitest'
import { CLUSTER } from './cluster.js'
import { explore } from './explore.js'
import { exploreAndReport, FEW_CALLS, modelOf, ONE, TIMED, TWO } from './models.js'
import { ONE_NODE } from './one-node.js'
import type { Promised } from './promises.js'
import type { Protocol } from './protocol.js'
import type { Model } from './transitions.js'
import { SIGN_IN_VARIANTS } from './variants-sign-in.js'
import { type Variant, VARIANTS } from './variants.js'
import type { Settings } from './world.js'

function modelFor(protocol: Protocol, variant: Variant): Model {
  const { clock, sessions, limit, failsOver, workload, model } = variant
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
  const begun = modelOf(
    protocol,
    settings,
    workload ?? (sessions === undefined ? undefined : FEW_CALLS),
  )
  return { ...begun, operations, ...model }
}

const explored = new Map<string, Promised | undefined>()

/** Explores each model once: many variants differ from the same one. */
function brokenIn(model: Model): Promised | undefined {
  const { protocol, begins, ...rest } = model
  const key = JSON.stringify([protocol.name, begins, rest])
  if (!explored.has(key)) explored.set(key, explore(model).broken)
  return explored.get(key)
}

const named = [...VARIANTS, ...SIGN_IN_VARIANTS].map(
  (one) => [`${one.protocol.name}: ${one.what}`, one] as const,
)

describe.each(named)('%s', { timeout: 120_000 }, (name, variant) => {
  const { protocol, breaks } = variant

  test(`breaks "${breaks}"`, () => {
    const { broken, trace } = exploreAndReport(name, modelFor(protocol, variant), {
      promises: [breaks],
    })
    expect(broken).toBe(breaks)
    // The shortest ways are in __snapshots__.
    expect(trace?.join('\n')).toMatchSnapshot()
  })

  test('without that change nothing is broken', () => {
    const right = protocol.name === CLUSTER.name ? CLUSTER : ONE_NODE
    expect(brokenIn(modelFor(right, variant))).toBeUndefined()
  })
})
