/** One node keeps the promises, whatever the order of the steps. */
import { expect, test } from 'vitest'
import { exploreAndReport, modelOf, ON_TWO, ONE, OPERATIONS, TIMED, TWO } from './models.js'
import { ONE_NODE } from './one-node.js'

const MINUTES = 60_000

test('one session', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(ONE_NODE, ONE), operations: OPERATIONS }
  const { broken } = exploreAndReport(`one node, one session, ${OPERATIONS} calls`, model, {
    count: true,
  })
  expect(broken).toBeUndefined()
})

test('two sessions', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(ONE_NODE, TWO), operations: ON_TWO }
  const { broken } = exploreAndReport(`one node, two sessions, ${ON_TWO} calls`, model)
  expect(broken).toBeUndefined()
})

test('one session whose times tick', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(ONE_NODE, TIMED), operations: OPERATIONS }
  const { broken } = exploreAndReport(`one node, a clock, ${OPERATIONS} calls`, model)
  expect(broken).toBeUndefined()
})

test('one session, with commands sent twice', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(ONE_NODE, ONE), operations: OPERATIONS - 1, resends: true }
  const { broken } = exploreAndReport(
    `one node, commands sent twice, ${OPERATIONS - 1} calls`,
    model,
  )
  expect(broken).toBeUndefined()
})

test('one session whose times tick, with commands sent twice', { timeout: 30 * MINUTES }, () => {
  const model = { ...modelOf(ONE_NODE, TIMED), operations: 3, resends: true }
  const { broken } = exploreAndReport('one node, a clock, commands sent twice, 3 calls', model)
  expect(broken).toBeUndefined()
})
