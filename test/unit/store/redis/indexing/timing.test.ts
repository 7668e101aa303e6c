/** The times of the cluster protocol depend on each other: these inequalities keep its promises. */
import { expect, test } from 'vitest'
import { CHECK_AGAIN } from '../../../../../src/store/redis/end-subscriber.js'
import { CHECK_EVERY } from '../../../../../src/store/watches.js'
import { REVOKED_FOR, SUPERSEDED_FOR } from '../../../../../src/store/store.js'
import {
  BURIED_FOR,
  CLOCK_SKEW,
  CREATED_WITHIN,
  holdFor,
  LONGEST_TIMEOUT,
  reliesFor,
  WATCHED_FOR,
  WRITTEN_WITHIN,
} from '../../../../../src/store/redis/indexing/timing.js'

const TTLS = [1, 10, 999, 1000, 20_000, 60_000, 28 * 24 * 3_600_000]

test('an id that looks dead is older than any creation that may still arrive', () => {
  expect(CREATED_WITHIN).toBeGreaterThanOrEqual(2 * LONGEST_TIMEOUT)
  expect(CREATED_WITHIN).toBeGreaterThanOrEqual(WRITTEN_WITHIN + CLOCK_SKEW)
})

test('a tombstone outlasts every write that it has to refuse', () => {
  expect(BURIED_FOR).toBeGreaterThanOrEqual(WRITTEN_WITHIN + CLOCK_SKEW)
  expect(BURIED_FOR).toBeGreaterThanOrEqual(CREATED_WITHIN)
})

test('a write has more time to reach its session than its call may take', () => {
  expect(WRITTEN_WITHIN).toBeGreaterThan(LONGEST_TIMEOUT)
})

test('a request may be refused for longer than any other trace of it lasts', () => {
  expect(REVOKED_FOR).toBeGreaterThan(BURIED_FOR)
  expect(REVOKED_FOR).toBeGreaterThan(SUPERSEDED_FOR)
})

test('the mark of a watched session outlasts the time until its next check, should one fail', () => {
  const lateReply = LONGEST_TIMEOUT
  // Its subscription, and its script.
  const check = 2 * LONGEST_TIMEOUT
  const untilNextMark = lateReply + CHECK_EVERY + check + CHECK_AGAIN + check
  expect(WATCHED_FOR).toBeGreaterThan(untilNextMark)
})

test.each(TTLS)('a set holds a session of %i ms for longer than that relies on it', (ttl) => {
  expect(holdFor(ttl)).toBeGreaterThan(reliesFor(ttl))
  expect(reliesFor(ttl)).toBeGreaterThan(ttl)
  // A tenth of the time is left to the difference between two nodes' clocks, and a command's way.
  expect(holdFor(ttl) - reliesFor(ttl)).toBeGreaterThanOrEqual(Math.max(ttl / 10.1, 0))
})
