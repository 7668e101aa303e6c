import { describe, expect, test } from 'vitest'
import { exploreSteps } from './explore-steps.js'
import { START, WATCHING_SAFEGUARDS, type WatchingSafeguards, watchingSteps } from './watching.js'

const exploreWatching = (safe: WatchingSafeguards) =>
  exploreSteps(START, (world) => watchingSteps(world, safe))

describe('a session that processes watch', { timeout: 120_000 }, () => {
  test('keeps its promises in every state', () => {
    const { states, broken, trace } = exploreWatching(WATCHING_SAFEGUARDS)
    console.info(`watching: ${states.toLocaleString('en')} states`)
    expect(broken, trace.join('\n')).toBeUndefined()
  })

  test.each(Object.keys(WATCHING_SAFEGUARDS) as (keyof WatchingSafeguards)[])(
    'without "%s" breaks one of them',
    (safeguard) => {
      const { broken, trace } = exploreWatching({ ...WATCHING_SAFEGUARDS, [safeguard]: false })
      expect(broken).toBeDefined()
      expect([broken, ...trace].join('\n')).toMatchSnapshot()
    },
  )
})
