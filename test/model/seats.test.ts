/** With a limit there are never more sessions than that, and never fewer than were let in. */
import { describe, expect, test } from 'vitest'
import { type Calls, CALLS, calling, check, FEW_CALLS, WHOLE } from './check.js'
import { CLUSTER } from './cluster.js'
import type { Model } from './moves.js'
import { SINGLE_NODE } from './single-node.js'
import type { Limit, Settings } from './world.js'

const MINUTES = 60_000

const SIGN_INS: Calls = { ...CALLS, creates: ['A'], updates: [], guards: [], others: [] }

/** Sessions also come, go, and come back; whether a finder finds them does not depend on seats. */
const MOVES: Calls = { ...FEW_CALLS, creates: ['A'], others: ['delete', 'revokeAll'] }

const LIMITS: readonly Limit[] = [
  { max: 1, onMax: 'refuse' },
  { max: 1, onMax: 'evict-oldest' },
  { max: 2, onMax: 'refuse' },
  { max: 2, onMax: 'evict-oldest' },
]

describe.each([SINGLE_NODE, CLUSTER])('$name', (protocol) => {
  describe.each(LIMITS)('at most $max, $onMax', (limit) => {
    const settings = (sessions: 2 | 3, given: Partial<Settings> = {}): Settings => {
      return { sessions, values: ['A', 'B'], rotates: false, limit, ...given }
    }
    const enough = limit.max === 1 ? 2 : 3
    const holds = (name: string, model: Model): void => {
      const { max, onMax } = limit
      const { operations } = model
      const about = `${protocol.name}, at most ${max}, ${onMax}, ${name}, ${operations} calls`
      const { broken, trace } = check(about, model)
      expect(broken, trace?.join('\n')).toBeUndefined()
    }

    test('where all are answered, new sessions take all seats', () => {
      const filled = settings(3, { values: ['A'], limit: { ...limit, fills: limit.max } })
      const model = calling(protocol, filled, SIGN_INS)
      holds('new sessions', { ...model, operations: 3, calm: true })
    })

    test('so do those who sign in again; on a cluster they leave somebody', () => {
      // Who is ended while it claims its seat again has counted as one more for a moment.
      const fills = protocol === CLUSTER && limit.onMax === 'evict-oldest' ? 1 : limit.max
      const filled = settings(3, { values: ['A'], limit: { ...limit, fills } })
      const again: Calls = { ...SIGN_INS, updates: ['A'], guards: ['current'] }
      const model = calling(protocol, filled, again)
      holds('sign-ins alone', { ...model, operations: 4, calm: true })
    })

    test('somebody stays also where commands are sent twice', () => {
      const filled = settings(3, { values: ['A'], limit: { ...limit, fills: 1 } })
      const again: Calls = { ...SIGN_INS, updates: ['A'], guards: ['current'] }
      const model = calling(protocol, filled, again)
      holds('sign-ins alone, sent twice', { ...model, operations: 3, calm: true, resends: true })
    })

    test('where all are answered, there are never more', { timeout: 10 * MINUTES }, () => {
      const model = calling(protocol, settings(enough), MOVES)
      holds('all answered', { ...model, operations: 3, calm: true })
    })

    test('where some break off, not after one more', { timeout: 30 * MINUTES }, () => {
      const sessions = WHOLE && protocol === SINGLE_NODE ? enough : 2
      const model = calling(protocol, settings(sessions), MOVES)
      const operations = WHOLE || (protocol === SINGLE_NODE && limit.max === 1) ? 3 : 2
      holds('some break off', { ...model, operations })
    })

    test('nor where commands are sent twice, or late', { timeout: 30 * MINUTES }, () => {
      const model = calling(protocol, settings(2), MOVES)
      // A creation that comes late may live again on a single node: see limits.test.ts.
      const late = protocol === CLUSTER
      holds('sent twice, or late', { ...model, operations: 2, resends: true, late })
    })
  })
})
