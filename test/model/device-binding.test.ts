import { describe, expect, test } from 'vitest'
import {
  BINDING_SAFEGUARDS,
  type BindingSafeguards,
  bindingSteps,
  START,
} from './device-binding.js'
import { exploreSteps } from './explore-steps.js'

const exploreBinding = (safe: BindingSafeguards) =>
  exploreSteps(START, (world) => bindingSteps(world, safe))

describe('a session that is bound to a device', { timeout: 120_000 }, () => {
  test('keeps its promises in every state', () => {
    const { states, broken, trace } = exploreBinding(BINDING_SAFEGUARDS)
    console.info(`device binding: ${states.toLocaleString('en')} states`)
    expect(broken, trace.join('\n')).toBeUndefined()
  })

  test.each(Object.keys(BINDING_SAFEGUARDS) as (keyof BindingSafeguards)[])(
    'without "%s" breaks one of them',
    (safeguard) => {
      const { broken, trace } = exploreBinding({ ...BINDING_SAFEGUARDS, [safeguard]: false })
      expect(broken).toBeDefined()
      expect([broken, ...trace].join('\n')).toMatchSnapshot()
    },
  )
})
