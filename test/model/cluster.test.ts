/** A cluster keeps the promises, whatever the order of the steps. */
import { describe, expect, test } from 'vitest'
import { calling, check, ON_TWO, ONE, OPERATIONS, TIMED, TWO, WHOLE } from './check.js'
import { CLUSTER } from './cluster.js'

const MINUTES = 60_000

test('one session', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(CLUSTER, ONE), operations: OPERATIONS }
  const { broken } = check(`a cluster, one session, ${OPERATIONS} calls`, model, { count: WHOLE })
  expect(broken).toBeUndefined()
})

test('two sessions', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(CLUSTER, TWO), operations: ON_TWO }
  const { broken } = check(`a cluster, two sessions, ${ON_TWO} calls`, model)
  expect(broken).toBeUndefined()
})

describe.each([-1, 0, 1])('one session whose times tick, its sets %i ahead', (ahead) => {
  const settings = { ...TIMED, clock: { ...TIMED.clock, ahead } }
  const operations = OPERATIONS - 1
  const name = `a cluster, a clock, sets ${ahead} ahead, ${operations} calls`

  test('promises hold', { timeout: 30 * MINUTES }, () => {
    const model = { ...calling(CLUSTER, settings), operations }
    expect(check(name, model).broken).toBeUndefined()
  })

  test('also where scripts run late', { timeout: 30 * MINUTES }, () => {
    const model = { ...calling(CLUSTER, settings), operations, late: true }
    expect(check(`${name}, late`, model).broken).toBeUndefined()
  })
})

test.each([
  ['sent twice', { resends: true }],
  ['sent late', { late: true }],
])('one session whose commands are %s', { timeout: 30 * MINUTES }, (how, sent) => {
  const model = { ...calling(CLUSTER, ONE), operations: 3, ...sent }
  const { broken } = check(`a cluster, commands ${how}, 3 calls`, model)
  expect(broken).toBeUndefined()
})

test('one session whose times tick, commands sent twice', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(CLUSTER, TIMED), operations: 3, resends: true }
  const { broken } = check('a cluster, a clock, commands sent twice, 3 calls', model)
  expect(broken).toBeUndefined()
})
