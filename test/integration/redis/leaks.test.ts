/**
 * Nothing piles up: sets stay in proportion to their living, every key has an end, and what is
 * ended leaves nothing. On a cluster an id younger than a minute is never taken for dead, so the
 * ids here were made earlier.
 */
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FieldValues } from '../../../src/index.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import type { StorePolicy } from '../../../src/store/store.js'
import { createId, createToken } from '../../../src/store/token.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { foundIds, HOUR, POLICY, renewal, set } from '../../support/store.js'

const TWO_MINUTES = 120_000

let server: RedisServer
let client: Redis
let observer: Redis
beforeAll(async () => {
  server = await startServer()
  client = new Redis(server.url)
  observer = new Redis(server.url)
})
afterAll(async () => {
  client.disconnect()
  observer.disconnect()
  await server.stop()
})
beforeEach(async () => {
  await client.flushall()
})

/** All keys without an end, at one moment: a script runs alone. */
const IMMORTAL = `
  local found = {}
  for _, key in ipairs(redis.call('KEYS', '*')) do
    if redis.call('PTTL', key) < 0 then found[#found + 1] = key end
  end
  return found`

describe.each([
  ['one Redis', false],
  ['the protocol of a cluster', true],
])('%s', (_, cluster) => {
  const open = (policy: Partial<StorePolicy> = {}) =>
    new RedisStore({ client, prefix: 'p', timeout: 10_000, cluster }, { ...POLICY, ...policy })

  /** Signs somebody in, as if two minutes ago, and returns the id. */
  async function login(store: RedisStore, values: FieldValues, maxAge?: number): Promise<string> {
    const id = createId(Date.now() - TWO_MINUTES)
    await store.create(id, createToken(24).secretHash, set(values, { maxAge }))
    return id
  }
  const setSize = (store: RedisStore, value: string) =>
    client.scard(store.getReferenceKey('user_id', value))

  test(
    'steady sign-ins: a set averages 1.4 times its live sessions at most',
    { timeout: 60_000 },
    async () => {
      const store = open()
      const living: string[] = []
      let largest = 0
      let sum = 0
      for (let logins = 0; logins < 3000; logins++) {
        living.push(await login(store, { user_id: 'hot' }))
        if (living.length <= 100) continue
        // As if its time was over: nobody tells the set.
        const death = client.del(store.getSessionKey(living.shift()!))
        const [size] = await Promise.all([setSize(store, 'hot'), death])
        largest = Math.max(largest, size)
        sum += size
      }
      // Those that are looked at are picked at random: 4/3 is what comes of it on average.
      expect(sum / 2900).toBeLessThanOrEqual(1.4 * living.length)
      expect(largest).toBeLessThanOrEqual(1.7 * living.length)
      expect(await foundIds(store, 'user_id', 'hot')).toEqual(living.toSorted())
    },
  )

  test('a user who signs in and out in turn drains a set of dead ids', async () => {
    const store = open()
    const ids = await Promise.all(
      Array.from({ length: 40 }, () => login(store, { user_id: 'alone' })),
    )
    await client.del(...ids.map((id) => store.getSessionKey(id)))
    for (let i = 0; i < 1000; i++) await store.delete(await login(store, { user_id: 'alone' }))
    await store.close()
    expect(await setSize(store, 'alone')).toBeLessThan(8)
  })

  test('sign-ins in waves: a set holds 1.5 times its live sessions at most', async () => {
    const store = open()
    let living: string[] = []
    for (let turn = 0; turn < 30; turn++) {
      const next = await Promise.all(
        Array.from({ length: 50 }, () => login(store, { user_id: 'hot' })),
      )
      if (living.length > 0) await client.del(living.map((id) => store.getSessionKey(id)))
      living = next
    }
    // It waits for the pruning.
    await store.close()
    // In each wave a hundred live for a while: those who come, and those who leave after it.
    expect(await setSize(store, 'hot')).toBeLessThanOrEqual(1.5 * 100 + 5)
  })

  test('a set whose sessions have all expired leaves Redis by itself', async () => {
    const store = open()
    const ids = await Promise.all(
      Array.from({ length: 4 }, () => login(store, { user_id: 'x', org_id: 'y', ip: 'z' }, 200)),
    )
    for (const id of ids) await store.update(id, { maxAge: 300, renewal: renewal('always') })
    await until('sessions and sets are gone', async () => {
      const keys = await client.keys('*')
      return keys.every((key) => key.endsWith(':former'))
    })
  })

  test('a set lives no longer than twice its sessions', async () => {
    const store = open()
    const id = await login(store, { user_id: 'x' })
    for (let i = 0; i < 5; i++) await store.update(id, set({ a: i, user_id: 'x' }))
    const ttl = await client.pttl(store.getReferenceKey('user_id', 'x'))
    expect(ttl).toBeGreaterThan(HOUR)
    expect(ttl).toBeLessThanOrEqual(2 * HOUR)
  })

  test.each(['find', 'count', 'revokeAll'] as const)('%s removes dead ids', async (how) => {
    const store = open()
    const ids = await Promise.all(Array.from({ length: 700 }, () => login(store, { user_id: 'x' })))
    const [alive, ...dead] = ids
    await client.del(dead.map((id) => store.getSessionKey(id)))
    expect(await setSize(store, 'x')).toBe(700)
    if (how === 'find') expect(await foundIds(store, 'user_id', 'x')).toEqual([alive])
    if (how === 'count') expect(await store.count('user_id', 'x')).toBe(1)
    if (how === 'revokeAll') expect(await store.revokeAll('user_id', 'x')).toBe(1)
    expect(await setSize(store, 'x')).toBe(how === 'revokeAll' ? 0 : 1)
  })

  test('revokeAll leaves a session of another value alone, in all its sets', async () => {
    const store = open()
    const id = await login(store, { user_id: 'mine', org_id: 'o' })
    await client.sadd(store.getReferenceKey('user_id', 'x'), id)
    expect(await store.revokeAll('user_id', 'x')).toBe(0)
    expect(await foundIds(store, 'user_id', 'mine')).toEqual([id])
    expect(await foundIds(store, 'org_id', 'o')).toEqual([id])
    // On a cluster an id is never taken out of a set while its session lives.
    expect(await setSize(store, 'x')).toBe(cluster ? 1 : 0)
  })

  /** What is left tells requests that are under way, and leaves by itself. */
  async function expectNothingForLong(): Promise<void> {
    for (const key of await client.keys('*')) {
      const minutes = (await client.pttl(key)) / 60_000
      expect(minutes).toBeGreaterThan(0)
      if (/^p:user_id=\{\w\}:revoked$/.test(key)) expect(minutes).toBeLessThanOrEqual(60)
      else if (key.endsWith(':tombstone')) expect(minutes).toBeLessThanOrEqual(1)
      else expect.fail(`${key} is left`)
    }
  }

  test('ended sessions leave nothing for long', async () => {
    const store = open()
    const ids: string[] = []
    for (let i = 0; i < 30; i++) {
      ids.push(await login(store, { user_id: i % 3, org_id: i % 2, ip: i }))
    }
    for (const id of ids) await store.update(id, { renewal: renewal('always') })
    await Promise.all(ids.slice(0, 10).map((id) => store.delete(id)))
    for (const user_id of ['0', '1', '2']) await store.revokeAll('user_id', user_id)
    await expectNothingForLong()
  })

  test('ended sessions that changed their references leave nothing for long', async () => {
    const store = open()
    const ids = await Promise.all([1, 2, 3].map((ip) => login(store, { user_id: 'a', ip })))
    for (const id of ids) await store.update(id, set({ user_id: 'b', ip: null }))
    expect(await store.revokeAll('user_id', 'b')).toBe(3)
    // On a cluster a living session stays in the sets of values it had, and nobody knows of those
    // when it ends. They are left to their time to live, or to the next one that looks.
    const left = cluster ? ['a'] : []
    for (const value of left) {
      expect(await setSize(store, value)).toBe(3)
      expect(await store.count('user_id', value)).toBe(0)
    }
    for (const ip of [1, 2, 3]) expect(await store.count('ip', String(ip))).toBe(0)
    await expectNothingForLong()
  })

  test('a write to a session that is gone leaves nothing', async () => {
    const store = open()
    const id = createId(Date.now() - TWO_MINUTES)
    const { secretHash } = createToken(24)
    expect(await store.update(id, set({ user_id: 'x', ip: 'y' }, { secretHash }))).toMatchObject({
      refusal: 'gone',
    })
    expect(await client.keys('*')).toEqual([])
  })

  const value = fc.constantFrom('a', 'b', null, undefined)
  const step = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom('create', 'update', 'put', 'delete', 'revokeAll', 'find'),
    values: fc.record({ user_id: value, ip: value, x: value }),
    maxAge: fc.constantFrom(undefined, 1, 50, HOUR, 100 * HOUR),
    renew: fc.constantFrom('changed' as const, 'always' as const),
    by: fc.constantFrom('1', '-1', '9223372036854775807'),
  })
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

  async function take(store: RedisStore, ids: string[], it: Step): Promise<unknown> {
    const { who, what, values, maxAge, renew, by } = it
    const id = ids[who]!
    const changes = set(values, { maxAge })
    if (what === 'create') return store.create(createId(), createId(), changes)
    if (what === 'put') return store.put(id, changes)
    if (what === 'delete') return store.delete(id)
    if (what === 'revokeAll') return store.revokeAll('user_id', values.user_id ?? 'a')
    if (what === 'find') return foundIds(store, 'ip', values.ip ?? 'a')
    const increment = { name: 'n', by }
    return store.update(id, {
      ...changes,
      increment,
      renewal: { secretHash: createId(), when: renew },
    })
  }

  test('every key has an end at every moment', { timeout: 60_000 }, async () => {
    const absolutes = fc.constantFrom(undefined, 30, HOUR)
    const steps = fc.array(step, { minLength: 5, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(absolutes, steps, async (absoluteMaxAge, all) => {
        await client.flushall()
        const store = open({ absoluteMaxAge })
        const ids = [createId(), createId(), createId()]
        for (const id of ids) await store.create(id, createId(), set({ user_id: 'a', ip: 'b' }))
        // All at once, and a look at all keys between any two commands.
        const over = new AbortController()
        const taking = Promise.allSettled(all.map((one) => take(store, ids, one)))
        const looking = (async () => {
          while (!over.signal.aborted) expect(await observer.eval(IMMORTAL, 0)).toEqual([])
        })()
        const [outcomes] = await Promise.all([taking.finally(() => over.abort()), looking])
        expect(await client.eval(IMMORTAL, 0)).toEqual([])
        for (const outcome of outcomes) {
          // Some increments are too large.
          if (outcome.status === 'rejected') {
            expect(outcome.reason).toMatchObject({ code: 'ERR_SESSION_FIELD' })
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

test('on a cluster an id that may be one being created is left alone', async () => {
  const store = new RedisStore({ client, prefix: 'p', timeout: 10_000, cluster: true }, POLICY)
  const key = store.getReferenceKey('user_id', 'x')
  const [young, old] = [createId(), createId(Date.now() - TWO_MINUTES)]
  // A visitor's cookie may say any time.
  const future = createId(Date.now() + TWO_MINUTES)
  await client.sadd(key, young, old, future)
  expect(await store.count('user_id', 'x')).toBe(0)
  expect(await client.smembers(key)).toEqual([young])
})
