/** A single node keeps the promises, whatever the order of the steps. */
import { expect, test } from 'vitest'
import { calling, check, ON_TWO, ONE, OPERATIONS, TIMED, TWO } from './check.js'
import { SINGLE_NODE } from './single-node.js'

const MINUTES = 60_000

test('one session', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(SINGLE_NODE, ONE), operations: OPERATIONS }
  const { broken } = check(`a single node, one session, ${OPERATIONS} calls`, model, {
    count: true,
  })
  expect(broken).toBeUndefined()
})

test('two sessions', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(SINGLE_NODE, TWO), operations: ON_TWO }
  const { broken } = check(`a single node, two sessions, ${ON_TWO} calls`, model)
  expect(broken).toBeUndefined()
})

test('one session whose times tick', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(SINGLE_NODE, TIMED), operations: OPERATIONS }
  const { broken } = check(`a single node, a clock, ${OPERATIONS} calls`, model)
  expect(broken).toBeUndefined()
})

test('one session whose commands are sent twice', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(SINGLE_NODE, ONE), operations: OPERATIONS - 1, resends: true }
  const { broken } = check(`a single node, commands sent twice, ${OPERATIONS - 1} calls`, model)
  expect(broken).toBeUndefined()
})

test('one session whose times tick, commands sent twice', { timeout: 30 * MINUTES }, () => {
  const model = { ...calling(SINGLE_NODE, TIMED), operations: 3, resends: true }
  const { broken } = check('a single node, a clock, commands sent twice, 3 calls', model)
  expect(broken).toBeUndefined()
})
