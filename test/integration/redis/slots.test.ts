/** The number of sessions with one value, in numbers that scripts have to bear. */
import { beforeAll, describe, expect, test } from 'vitest'
import { redis } from '../../support/clients/redis.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createId } from '../../../src/store/token.js'
import { byTheHundred, foundIds, freshPrefix, POLICY, set } from '../../support/store.js'
import { limited, loadScripts, signIn } from '../../support/intercepted-scripts.js'

beforeAll(loadScripts)

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('slots on %s', (_, cluster) => {
  const open = (max: number, onMax: 'evict-oldest' | 'refuse') =>
    new RedisStore(
      { client: redis(), prefix: freshPrefix(), timeout: 10_000, cluster },
      { ...POLICY, references: new Map([['user_id', { rotate: true, max, onMax }]]) },
    )
  const slots = (store: RedisStore) => `${store.getReferenceKey('user_id', '1')}:slots`
  /** As if another node had taken over, whose clock is an hour behind. */
  async function setBack(store: RedisStore): Promise<void> {
    const [id = '', taken] = await redis().zrange(slots(store), 0, '-1', 'WITHSCORES')
    // Even: it may be of a session that is being made.
    await redis().zadd(slots(store), 2 * Math.floor(Number(taken) / 2) + 3_600_000_000, id)
  }

  test('are in the order of the sign-ins, whatever the clock does', async () => {
    const store = open(1, 'evict-oldest')
    await signIn(store, { user_id: 1 })
    await setBack(store)
    for (let again = 0; again < 3; again++) {
      const id = await signIn(store, { user_id: 1 })
      expect(await foundIds(store, 'user_id', '1')).toEqual([id])
    }
  })

  test('without a session are free, also if they were taken in the future', async () => {
    const store = open(1, 'refuse')
    const first = await signIn(store, { user_id: 1 })
    await setBack(store)
    await redis().del(store.getSessionKey(first))
    const id = await signIn(store, { user_id: 1 })
    expect(await foundIds(store, 'user_id', '1')).toEqual([id])
  })

  test('are recorded in the hash as long as it has the value', async () => {
    const store = open(2, 'evict-oldest')
    const id = await signIn(store, { user_id: 1 })
    const told = async () => Number(await redis().hget(store.getSessionKey(id), '$slot:user_id'))
    const taken = async () => Number(await redis().zscore(slots(store), id))
    expect(await told()).toBeGreaterThan(0)
    // Odd once it is confirmed.
    expect((await taken()) - (await told())).toBe(cluster ? 1 : 0)
    await store.update(id, { unset: ['user_id'] })
    expect(await redis().hexists(store.getSessionKey(id), '$slot:user_id')).toBe(0)
    await store.update(id, set({ user_id: 1 }, { since: performance.now() }))
    expect(await told()).toBeGreaterThan(0)
  })

  test('that an operator took by the thousand are released for one sign-in', async () => {
    const store = open(2, 'evict-oldest')
    // More than Lua's `unpack` takes.
    await byTheHundred(8500, () => store.put(createId(), set({ user_id: 1 })))
    const id = await signIn(store, { user_id: 1 })
    const found = await foundIds(store, 'user_id', '1')
    expect(found).toHaveLength(2)
    expect(found).toContain(id)
  })
})

test('on a single node a slot that was lost is taken by the clock that is there', async () => {
  const policy = limited('evict-oldest')
  const store = new RedisStore(
    { client: redis(), prefix: freshPrefix(), timeout: 10_000, cluster: false },
    policy,
  )
  const id = await signIn(store, { user_id: 1 })
  const key = store.getSessionKey(id)
  // As if the set had been lost with a server whose clock was ahead: the next write joins it again.
  const set1 = store.getReferenceKey('user_id', '1')
  await redis().del(set1, `${set1}:slots`)
  await redis().hset(key, '$slot:user_id', 2 * Date.now() * 1000)
  await redis().hdel(key, '$indexed')
  await store.update(id, set({ a: 1 }))
  const later = await signIn(store, { user_id: 1 })
  expect(await foundIds(store, 'user_id', '1')).toEqual([later])
})
