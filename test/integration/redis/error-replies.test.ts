/** A server that answers with errors: full, read-only, holding something else, without scripts. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createId } from '../../../src/store/token.js'
import { replicated } from '../../support/servers/replication.js'
import { type RedisServer, startReplica, startServer } from '../../support/servers/server.js'
import { type Answer, createSite, type Site } from '../../support/http-app.js'
import { type Connected, SINGLE } from '../../support/clients/supported.js'
import { collect, foundIds, login, POLICY, renewal, set } from '../../support/store.js'

let server: RedisServer
let replica: RedisServer
let raw: Redis
beforeAll(async () => {
  server = await startServer()
  replica = await startReplica(server)
  raw = new Redis(server.url)
})
afterAll(async () => {
  raw.disconnect()
  await Promise.all([server.stop(), replica.stop()])
})

const storeError = (cause: string) => ({
  code: 'ERR_SESSION_STORE',
  status: 503,
  expose: false,
  cause: { message: expect.stringMatching(cause) },
})

function expectUnavailable({ status, setCookies, error }: Answer<unknown>, cause: string): void {
  expect(error).toMatchObject(storeError(cause))
  expect(status).toBe(503)
  expect(setCookies).toEqual([])
}

async function expectRefused(cause: string, calls: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: storeError(cause) })
  }
}

/** All that Redis holds under a prefix, without the times. */
async function contents(prefix: string): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {}
  for await (const keys of raw.scanStream({ match: `${prefix}:*` })) {
    for (const key of keys as string[]) {
      const type = await raw.type(key)
      if (type === 'hash') all[key] = await raw.hgetall(key)
      else if (type === 'set') all[key] = (await raw.smembers(key)).toSorted()
      else all[key] = await raw.get(key)
    }
  }
  return all
}

describe.each([
  ['ioredis 6', false],
  ['node-redis 6', false],
  ['ioredis 6', true],
  ['node-redis 6', true],
])('%s, cluster: %s', (name, cluster) => {
  let connected: Connected
  let prefix: string
  let store: RedisStore
  let site: Site
  beforeAll(async () => {
    connected = await SINGLE[name]!(server.url)
  })
  afterAll(() => connected.close())
  beforeEach(() => {
    const { client } = connected
    prefix = createId()
    store = new RedisStore({ client, prefix, timeout: 10_000, cluster }, POLICY)
    site = createSite({ client, prefix, cluster })
  })

  test('SCRIPT FLUSH all the time: no request fails', async () => {
    const done = new AbortController()
    const flushing = (async () => {
      while (!done.signal.aborted) await raw.script('FLUSH')
    })()
    await raw.config('RESETSTAT')
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const { id, secretHash } = await login(store, { user_id: i % 5 })
        for (let n = 0; n < 5; n++) {
          const updated = await store.update(id, set({ [`f${n}`]: n, org_id: n }, { secretHash }))
          expect(updated).toMatchObject({ renewed: false })
        }
        await store.update(id, { secretHash, renewal: renewal('always') })
        expect((await store.inspect(id))?.values).toMatchObject({ f0: '0', f4: '4', org_id: '4' })
        if (i % 2 === 0) expect(await store.delete(id)).toBe('deleted')
      }),
    )
    done.abort()
    await flushing
    expect(await store.count('org_id', '4')).toBe(25)
    // It did happen, and not only once for each script.
    const [, missing] = /errorstat_NOSCRIPT:count=(\d+)/.exec(await raw.info('errorstats')) ?? []
    expect(Number(missing)).toBeGreaterThan(10)
  })

  describe('a full server', () => {
    let id: string
    let before: Record<string, unknown>
    async function fill(): Promise<void> {
      before = await contents(prefix)
      await raw.config('SET', 'maxmemory', 1)
      onTestFinished(async () => {
        await raw.config('SET', 'maxmemory', 0)
      })
    }
    beforeEach(async () => {
      ;({ id } = await login(store, { a: 'old', b: 'kept', n: 1, user_id: 'me' }))
    })

    test('refuses what needs memory, and nothing is half-written', async () => {
      await fill()
      await expectRefused('OOM', [
        store.create(createId(), '', {}),
        store.create(createId(), '', set({ user_id: 'new', org_id: 'new', a: 1 })),
        store.update(id, set({ a: 1, b: null })),
        store.update(id, set({ user_id: 'new', b: null, a: 1 })),
        store.update(id, set({ org_id: 'new', user_id: null }, { renewal: renewal('changed') })),
        store.update(id, { unset: ['user_id', 'b'], renewal: renewal('changed') }),
        store.update(id, { unset: ['b'], increment: { name: 'n', by: '1' } }),
        store.update(id, { unset: ['b'], maxAge: 1000 }),
        store.update(id, { renewal: renewal('always') }),
        store.put(id, set({ a: 1, b: null })),
        store.put(createId(), set({ user_id: 'new' })),
      ])
      expect(await contents(prefix)).toEqual(before)
    })

    test('still reads, finds, touches, removes and ends', async () => {
      const { id: other } = await login(store, { user_id: 'me', org_id: 'other' })
      await fill()
      expect((await store.read(id))?.values).toMatchObject({ a: 'old', user_id: 'me' })
      expect(await foundIds(store, 'user_id', 'me')).toEqual([id, other].toSorted())
      expect(await store.update(id, { unset: ['a'] })).toMatchObject({ expiresIn: POLICY.maxAge })
      expect(await store.update(id, {})).toMatchObject({ expiresIn: POLICY.maxAge })
      expect((await store.read(id))?.values).toEqual({ b: 'kept', n: '1', user_id: 'me' })
      expect(await store.delete(id)).toBe('deleted')
      expect(await store.revokeAll('user_id', 'me')).toBe(1)
      const left = Object.keys(await contents(prefix))
      // For a moment, that young sessions have ended; and for an hour, that all of a value's were.
      expect(left.filter((key) => !/:(tombstone|revoked)$/.test(key))).toEqual([])
    })

    test('touches a session without fields for no longer than others of these', async () => {
      const { id: empty, lifetime } = await login(store, {})
      await fill()
      expect(await store.update(empty, {})).toMatchObject({ expiresIn: lifetime.expiresIn })
    })

    test('refuses a sign-in under way, as it does with room', async () => {
      const since = performance.now()
      const { id: guest, secretHash } = await login(store, { a: 1 })
      // On a cluster it has joined the set by now, and not yet the value.
      if (cluster) await raw.sadd(store.getReferenceKey('user_id', 'all'), guest)
      await fill()
      expect(await store.revokeAll('user_id', 'all')).toBe(0)
      await raw.config('SET', 'maxmemory', 0)
      const late = store.create(createId(), '', { ...set({ user_id: 'all' }), since })
      await expect(late).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
      const update = set({ user_id: 'all' }, { secretHash, since })
      await expect(store.update(guest, update)).rejects.toMatchObject({
        code: 'ERR_SESSION_REVOKED',
      })
      if (cluster) {
        const note = await raw.hget(`${store.getSessionKey(guest)}:tombstone`, 'user_id:all')
        expect(note).toBe(await raw.get(`${store.getReferenceKey('user_id', 'all')}:revoked`))
      }
    })

    test('is a 503 to visitors, and nobody gets or loses a cookie', async () => {
      const visitor = site.browser()
      await visitor.visit((session) => session.set({ cart: 'x' }))
      const { cookie } = visitor
      await fill()
      for (const browser of [visitor, site.browser()]) {
        expectUnavailable(await browser.visit((session) => session.set({ user_id: 7 })), 'OOM')
        expectUnavailable(await browser.visit((session) => session.regenerate()), 'OOM')
      }
      expectUnavailable(await site.browser().visit((session) => session.get()), 'OOM')
      expect(visitor.cookie).toBe(cookie)
      const { value } = await visitor.visit((session) => session.get())
      expect(value).toMatchObject({ cart: 'x' })
    })
  })

  test('a read-only replica: reads work, writes are refused', async () => {
    const visitor = site.browser()
    await visitor.visit((session) => session.set({ user_id: 'me', a: 1 }))
    await replicated(server)
    const copy = await SINGLE[name]!(replica.url)
    onTestFinished(() => copy.close())
    const reading = createSite({ client: copy.client, prefix, cluster })
    const reader = reading.browser()
    for (const [key, value] of visitor.cookies) reader.cookies.set(key, value)

    const { value } = await reader.visit((session) => session.get())
    expect(value).toMatchObject({ user_id: 'me', a: '1' })
    expect(await reading.Session.count('user_id', 'me')).toBe(1)
    const before = await contents(prefix)
    for (const answer of [
      await reader.visit((session) => session.set({ a: 2 })),
      await reader.visit((session) => session.set({ user_id: 'you' })),
      await reader.visit((session) => session.touch()),
      await reader.visit((session) => session.delete()),
      await reading.browser().visit((session) => session.get()),
      await reading.browser().visit((session) => session.set({ user_id: 'you' })),
    ]) {
      expectUnavailable(answer, 'READONLY')
    }
    // Also where there is nobody to end: who is signing in could not be refused.
    for (const whose of ['me', 'nobody']) {
      const all = reading.Session.revokeAll('user_id', whose)
      await expect(all).rejects.toMatchObject(storeError('READONLY'))
    }
    expect(await contents(prefix)).toEqual(before)
  })

  describe('WRONGTYPE', () => {
    test('a string where a session should be', async () => {
      const id = createId()
      await raw.set(store.getSessionKey(id), 'text', 'EX', 60)
      await raw.sadd(store.getReferenceKey('user_id', 'x'), id)
      await expectRefused('WRONGTYPE', [
        store.read(id),
        store.read(id, ['a']),
        store.inspect(id),
        store.update(id, set({ a: 1 })),
        store.update(id, {}),
        store.create(id, createId(), set({ a: 1 })),
        store.put(id, set({ a: 1 })),
        store.delete(id),
        collect(store.find('user_id', 'x')),
        store.count('user_id', 'x'),
        store.revokeAll('user_id', 'x'),
      ])
      expect(await raw.get(store.getSessionKey(id))).toBe('text')
    })

    test('a string where a set should be', async () => {
      const { id } = await login(store, { user_id: 'old', a: 'old' })
      const key = store.getReferenceKey('user_id', 'x')
      await raw.set(key, 'text', 'EX', 60)
      const before = await contents(prefix)
      await expectRefused('WRONGTYPE', [
        store.create(createId(), '', set({ user_id: 'x' })),
        store.update(id, set({ user_id: 'x', a: 1 }, { renewal: renewal('changed') })),
        store.put(id, set({ user_id: 'x', a: 1 })),
        store.put(createId(), set({ user_id: 'x', a: 1 })),
        collect(store.find('user_id', 'x')),
        store.count('user_id', 'x'),
        store.revokeAll('user_id', 'x'),
      ])
      expect(await contents(prefix)).toEqual(before)
    })

    test('a list where superseded secrets should be', async () => {
      const { id, secretHash } = await login(store, { user_id: 'old', a: 'old' })
      const key = `${store.getSessionKey(id)}:former`
      await raw.rpush(key, 'x')
      const before = await raw.hgetall(store.getSessionKey(id))
      await expectRefused('WRONGTYPE', [
        store.update(id, set({ user_id: 'x', a: 1 }, { secretHash, renewal: renewal('changed') })),
        store.update(id, set({ a: 1 }, { secretHash: createId() })),
        store.explain(id, secretHash, performance.now()),
      ])
      expect(await raw.hgetall(store.getSessionKey(id))).toEqual(before)
      // What keeps nobody out must keep nobody in.
      expect(await store.revokeAll('user_id', 'old', { reason: 'because' })).toBe(1)
      expect(await store.read(id)).toBeUndefined()
    })
  })
})
