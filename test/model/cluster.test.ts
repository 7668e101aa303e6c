/** A cluster keeps the promises, whatever the order of the steps. */
import { describe, expect, test } from 'vitest'
import { CLUSTER } from './cluster.js'
import {
  EVERYTHING,
  exploreAndReport,
  modelOf,
  ON_TWO,
  ONE,
  OPERATIONS,
  TIMED,
  TWO,
} from './models.js'

const MINUTES = 60_000

test('one session', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(CLUSTER, ONE), operations: OPERATIONS }
  const { broken } = exploreAndReport(`a cluster, one session, ${OPERATIONS} calls`, model, {
    count: EVERYTHING,
  })
  expect(broken).toBeUndefined()
})

test('two sessions', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(CLUSTER, TWO), operations: ON_TWO }
  const { broken } = exploreAndReport(`a cluster, two sessions, ${ON_TWO} calls`, model)
  expect(broken).toBeUndefined()
})

describe.each([-1, 0, 1])('one session whose times tick, with its sets %i ahead', (ahead) => {
  const settings = { ...TIMED, clock: { ...TIMED.clock, ahead } }
  const operations = OPERATIONS - 1
  const name = `a cluster, a clock, sets ${ahead} ahead, ${operations} calls`

  test('the promises hold', { timeout: 30 * MINUTES }, () => {
    const model = { ...modelOf(CLUSTER, settings), operations }
    expect(exploreAndReport(name, model).broken).toBeUndefined()
  })

  test('they hold where scripts run late', { timeout: 30 * MINUTES }, () => {
    const model = { ...modelOf(CLUSTER, settings), operations, late: true }
    expect(exploreAndReport(`${name}, late`, model).broken).toBeUndefined()
  })
})

test.each([
  ['sent twice', { resends: true }],
  ['sent late', { late: true }],
])('one session, with commands %s', { timeout: 30 * MINUTES }, (how, sent) => {
  const model = { ...modelOf(CLUSTER, ONE), operations: 3, ...sent }
  const { broken } = exploreAndReport(`a cluster, commands ${how}, 3 calls`, model)
  expect(broken).toBeUndefined()
})

test('one session whose times tick, with commands sent twice', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(CLUSTER, TIMED), operations: 3, resends: true }
  const { broken } = exploreAndReport('a cluster, a clock, commands sent twice, 3 calls', model)
  expect(broken).toBeUndefined()
})
