/** The number of sessions with one value, in numbers that scripts have to bear. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createId, createToken } from '../../../src/token.js'
import { foundIds, freshPrefix, POLICY, set } from '../contract/support.js'

let client: Redis
beforeAll(() => {
  client = new Redis(inject('redisUrl'))
})
afterAll(async () => {
  await client.quit()
})

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('seats on %s', (_, cluster) => {
  test('that an operator took by the thousand are freed for one sign-in', async () => {
    const policy = {
      ...POLICY,
      references: new Map([['user_id', { rotate: true, max: 2, onMax: 'evict-oldest' as const }]]),
    }
    const store = new RedisStore(
      { client, prefix: freshPrefix(), timeout: 10_000, cluster },
      policy,
    )
    // More than Lua's `unpack` takes.
    const ids = Array.from({ length: 8500 }, () => createId())
    await Promise.all(ids.map((id) => store.put(id, set({ user_id: 1 }))))
    const { id, secretHash } = createToken(24)
    await store.create(id, secretHash, { ...set({ user_id: 1 }), since: performance.now() })
    const found = await foundIds(store, 'user_id', '1')
    expect(found).toHaveLength(2)
    expect(found).toContain(id)
  })
})
