/**
 * After any sequence of writes: the sets hold the session for longer than it lives. `$indexed`
 * carries that promise from one write to the next, through changes of every time there is.
 */
import fc from 'fast-check'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import type { Update } from '../../../src/store/store.js'
import { createId, createToken } from '../../../src/store/token.js'
import { encodeValues, POLICY } from '../../support/store.js'

const SECOND = 1000
const HOUR = 3600 * SECOND

const times = fc.constantFrom(undefined, 5 * SECOND, 60 * SECOND, HOUR, 10 * HOUR, 1000 * HOUR)
const values = fc.option(fc.constantFrom('a', 'b'), { nil: null })
const update = fc.record(
  {
    maxAge: times,
    user_id: values,
    org_id: values,
    ip: values,
    x: values,
    renew: fc.constantFrom(undefined, 'changed' as const, 'always' as const),
    increment: fc.boolean(),
    who: fc.constantFrom(0, 1),
  },
  { requiredKeys: [] },
)
const absolutes = fc.constantFrom(undefined, 20 * SECOND, HOUR, 100 * HOUR)

type Step = typeof update extends fc.Arbitrary<infer T> ? T : never

function toUpdate({ maxAge, renew, increment, ...fields }: Omit<Step, 'who'>): Update {
  return {
    ...encodeValues(fields),
    maxAge,
    ...(increment === true && { increment: { name: 'n', by: '1' } }),
    ...(renew !== undefined && {
      renewal: { secretHash: createToken(24).secretHash, when: renew },
    }),
  }
}

describe.each(['one Redis', 'Redis Cluster', 'cluster: true'])('%s', (kind) => {
  let client: Redis | Cluster
  beforeAll(() => {
    client =
      kind === 'Redis Cluster' ? new Cluster(inject('clusterNodes')) : new Redis(inject('redisUrl'))
  })
  afterAll(async () => {
    await client.quit()
  })

  test('sets outlive their sessions', { timeout: 60_000 }, async () => {
    const sequence = fc.array(update, { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(absolutes, sequence, async (absoluteMaxAge, steps) => {
        const cluster = kind === 'cluster: true' ? true : undefined
        const store = new RedisStore(
          { client, prefix: `m-${createId()}`, timeout: 10_000, cluster },
          { ...POLICY, absoluteMaxAge },
        )
        const ids = [createId(), createId()]
        for (const id of ids) await store.create(id, '', {})
        for (const { who = 0, ...change } of steps) {
          const id = ids[who]!
          expect(await store.update(id, toUpdate(change))).toMatchObject({
            expiresIn: expect.any(Number),
          })
          // The other session may be in the same sets.
          for (const each of ids) await expectHeld(store, each)
        }
      }),
      { numRuns: kind === 'one Redis' ? 200 : 100 },
    )
  })

  async function expectHeld(store: RedisStore, id: string): Promise<void> {
    const key = store.getSessionKey(id)
    const hash = await client.hgetall(key)
    const before = Date.now()
    const ttl = await client.pttl(key)
    for (const field of POLICY.references.keys()) {
      const value = hash[field]
      if (value === undefined) continue
      const set = store.getReferenceKey(field, value)
      expect(await client.sismember(set, id)).toBe(1)
      const setTtl = await client.pttl(set)
      expect(setTtl).toBeGreaterThanOrEqual(ttl - 1)
      // What a later write will believe has to be true of every set, and to cover the session.
      const indexed = Number(hash['$indexed'])
      expect(setTtl).toBeGreaterThanOrEqual(indexed - Date.now() - 10)
      expect(indexed - before).toBeGreaterThanOrEqual(ttl - 10)
    }
  }
})
