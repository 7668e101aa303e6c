import { describe, expect, test } from 'vitest'
import { ADOPTION_SAFEGUARDS, type AdoptionSafeguards, adoptionSteps, START } from './adoption.js'
import { exploreSteps } from './explore-steps.js'

const explore = (safe: AdoptionSafeguards, cluster: boolean) =>
  exploreSteps(START, (world) => adoptionSteps(world, safe, cluster))

/** Needed on a cluster alone: on one node one script sees the hash and the set. */
const CLUSTER_ONLY: ReadonlySet<string> = new Set(['buriesBeforePruning'])

describe.each([
  ['one node', false],
  ['a cluster', true],
])('a session that is adopted, on %s', { timeout: 120_000 }, (name, cluster) => {
  test('keeps its promises in every state', () => {
    const { states, broken, trace } = explore(ADOPTION_SAFEGUARDS, cluster)
    console.info(`adoption on ${name}: ${states.toLocaleString('en')} states`)
    expect(broken, trace.join('\n')).toBeUndefined()
  })

  const needed = Object.keys(ADOPTION_SAFEGUARDS).filter(
    (safeguard) => cluster || !CLUSTER_ONLY.has(safeguard),
  )
  test.each(needed as (keyof AdoptionSafeguards)[])(
    'without "%s" breaks one of them',
    (safeguard) => {
      const { broken, trace } = explore({ ...ADOPTION_SAFEGUARDS, [safeguard]: false }, cluster)
      expect(broken).toBeDefined()
      expect([broken, ...trace].join('\n')).toMatchSnapshot()
    },
  )
})
