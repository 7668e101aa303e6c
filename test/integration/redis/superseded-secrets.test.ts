/** Superseded secrets, each for 30 seconds of its own before a request begins. */
import { describe, expect, test } from 'vitest'
import { redis } from '../../support/clients/redis.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { freshPrefix, login, owner, POLICY, renewal, set } from '../../support/store.js'

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('on %s', (_, cluster) => {
  test('one that was replaced 30 seconds ago is unknown, whatever was renewed since', async () => {
    const store = new RedisStore(
      { client: redis(), prefix: freshPrefix(), timeout: 10_000, cluster },
      POLICY,
    )
    const { id, secretHash: old } = await login(store, { user_id: 1 })
    const { secretHash: newer, ...renews } = renewal('always')
    await store.update(id, { secretHash: old, renewal: { secretHash: newer, ...renews } })
    // As if that had been a while ago.
    const key = `${store.getSessionKey(id)}:former`
    expect(await redis().get(key)).toMatch(/^ \S+:\d{16}$/)
    await redis().set(key, ` ${old}:${1000 * (Date.now() - 31_000)}`, 'PX', 1000)
    await store.update(id, { secretHash: newer, renewal: renewal('always') })
    expect(await redis().pttl(key)).toBeGreaterThan(1000)

    expect(await store.explain(id, newer, performance.now())).toMatchObject({
      refusal: 'superseded',
    })
    expect(await store.explain(id, old, performance.now())).toMatchObject({ refusal: 'gone' })
    // A request that began before that may hold it.
    expect(await store.explain(id, old, performance.now() - 2000)).toMatchObject({
      refusal: 'superseded',
    })
    for (const change of [set({ a: 1 }), set({ user_id: 2 })]) {
      expect(await store.update(id, { ...change, secretHash: newer })).toMatchObject({
        refusal: 'superseded',
      })
      expect(await store.update(id, { ...change, secretHash: old })).toMatchObject({
        refusal: 'gone',
      })
    }
    expect(await store.delete(id, { owner: owner(old) })).toBe('gone')
    expect(await store.delete(id, { owner: owner(newer) })).toBe('deleted')
  })
})
