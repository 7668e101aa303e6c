/** What version 3 got wrong. */
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createSite, expiresIn, type Site } from '../support/http-app.js'

describe.each(['one Redis', 'Redis Cluster'])('what version 3 got wrong holds on %s', (kind) => {
  let client: Redis | Cluster
  let site: Site
  beforeAll(() => {
    client =
      kind === 'one Redis' ? new Redis(inject('redisUrl')) : new Cluster(inject('clusterNodes'))
    site = createSite({ client })
  })
  afterAll(async () => {
    await client.quit()
  })

  const members = (value: string) => client.smembers(site.Session.getReferenceKey('user_id', value))
  const hash = (id: string) => client.hgetall(site.Session.store.getSessionKey(id))
  const signIn = async (user_id: string) => {
    const browser = site.browser()
    const { value } = await browser.visit(async (s) => {
      await s.set({ user_id })
      return s.id
    })
    return { browser, id: value! }
  }

  test('delete takes the id out of its sets', async () => {
    const { browser } = await signIn('a')
    await browser.visit((s) => s.delete())
    expect(await members('a')).toEqual([])
    const { id } = await signIn('a')
    expect(await members('a')).toEqual([id])
    await site.Session.store.delete(id)
    expect(await members('a')).toEqual([])
    expect(await hash(id)).toEqual({})
  })

  test('a session is not found by the value that it had before', async () => {
    const { browser, id } = await signIn('b1')
    await browser.visit((s) => s.set({ user_id: 'b2' }))
    expect(await site.Session.count('user_id', 'b1')).toBe(0)
    expect(await site.Session.revokeAll('user_id', 'b1')).toBe(0)
    expect(await members('b2')).toEqual([id])
    // On a cluster the id stays until the session is over: see ARCHITECTURE.md.
    if (kind === 'one Redis') expect(await members('b1')).toEqual([])
  })

  test('a set expires after twice the idle timeout', async () => {
    await signIn('c')
    const ttl = await client.pttl(site.Session.getReferenceKey('user_id', 'c'))
    const days = ttl / (24 * 3600_000)
    expect(days).toBeGreaterThan(55.9)
    expect(days).toBeLessThanOrEqual(56)
  })

  test('a late set does not bring a deleted session back', async () => {
    const { browser, id } = await signIn('d')
    const { error } = await browser.visit(async (s) => {
      await s.get()
      await site.Session.store.delete(id)
      await s.set({ cart: 'x' })
    })
    expect(error).toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    expect(await hash(id)).toEqual({})
    await browser.visit((s) => s.set({ cart: 'x' }))
    expect(await hash(id)).toEqual({})
  })

  test('a session may have several references on a cluster', async () => {
    const { browser, id } = await signIn('e')
    const { error } = await browser.visit(async (s) => {
      await s.set({ org_id: 'e', ip: '127.0.0.1' })
      await s.set({ user_id: 'e2', org_id: null })
      await s.delete()
    })
    expect(error).toBeUndefined()
    expect(await hash(id)).toEqual({})
  })

  test('an error of Redis rejects the call', async () => {
    await client.set(site.Session.getReferenceKey('user_id', 'f'), 'not a set')
    const { error, status, setCookies } = await site.browser().visit((s) => s.set({ user_id: 'f' }))
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(String(error?.cause)).toMatch(/WRONGTYPE/)
    expect({ status, setCookies }).toEqual({ status: 503, setCookies: [] })
  })

  test('an object is refused, not stored as [object Object]', async () => {
    const { browser, id } = await signIn('g')
    const { error } = await browser.visit((s) => s.set({ cart: { a: 1 } as never }))
    expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    expect(await hash(id)).not.toHaveProperty('cart')
  })

  test('undefined and null make no set', async () => {
    const { browser } = await signIn('h')
    await browser.visit((s) => s.set({ user_id: undefined, org_id: null }))
    expect(await client.exists(site.Session.getReferenceKey('user_id', 'undefined'))).toBe(0)
    expect(await client.exists(site.Session.getReferenceKey('org_id', 'null'))).toBe(0)
  })

  test('a field named id is refused', async () => {
    const { browser, id } = await signIn('i')
    const { error } = await browser.visit((s) => s.set({ id: 'x' as never }))
    expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    expect((await browser.visit((s) => s.get())).value.id).toBe(id)
  })

  test('unset([]) does nothing', async () => {
    const { browser } = await signIn('j')
    expect((await browser.visit((s) => s.unset([]))).error).toBeUndefined()
  })

  test('an id that the client chose is not adopted', async () => {
    const chosen = site.Session.store.createSessionId()
    const browser = site.browser()
    for (const cookie of [chosen, `${chosen}.${'x'.repeat(32)}`]) {
      browser.cookies.set('session-id', cookie)
      const { value } = await browser.visit(async (s) => {
        await s.set({ a: 1 })
        return s.id
      })
      expect(value).not.toBe(chosen)
      expect(await hash(chosen)).toEqual({})
    }
  })

  test('a signed cookie of a deleted session starts a new one', async () => {
    const signed = createSite({ client, signed: true })
    signed.app.keys = ['k']
    const browser = signed.browser()
    await browser.visit((s) => s.set({ a: 1 }))
    const old = browser.copy()
    const id = old.cookie!.slice(0, 20)
    await browser.visit((s) => s.delete())
    const { value } = await old.visit((s) => s.get())
    expect(value.id).not.toBe(id)
    expect(value).not.toHaveProperty('a')
  })

  test('get after delete starts a session with a new id', async () => {
    const { browser, id } = await signIn('k')
    const { value } = await browser.visit(async (s) => {
      await s.delete()
      return s.get()
    })
    expect(value.id).not.toBe(id)
  })

  test('a session without fields lives for an hour at most', async () => {
    const { value } = await site.browser().visit(async (s) => {
      await s.get()
      return s.getKey()
    })
    expect(await client.pttl(value!)).toBeLessThanOrEqual(3600_000)
  })

  test('unset sets no cookie', async () => {
    const { setCookies } = await site.browser().visit((s) => s.unset(['a']))
    expect(setCookies).toEqual([])
    const { browser } = await signIn('l')
    expect((await browser.visit((s) => s.unset(['a']))).setCookies).toEqual([])
  })

  test('the maxAge of a call reaches the cookie', async () => {
    const { setCookies } = await site.browser().visit((s) => s.set({ a: 1 }, '1 hour'))
    expect(expiresIn(setCookies[0])).toBeGreaterThan(3590_000)
    expect(expiresIn(setCookies[0])).toBeLessThan(3601_000)
  })

  test('the options object is not changed', () => {
    const options = Object.freeze({ client, references: Object.freeze({ user_id: {} }) })
    expect(() => createSite(options)).not.toThrow()
    expect(Object.keys(options)).toEqual(['client', 'references'])
  })

  test('maxAge: 0 is refused', () => {
    const refused = expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' })
    expect(() => createSite({ client, maxAge: 0 })).toThrow(refused)
  })
})
