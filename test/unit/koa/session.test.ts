/** Each row of the API's table that is about `ctx.session`. */
import { describe, expect, test } from 'vitest'
import { redis } from '../../support/clients/redis.js'
import { createSite, type Site, STORES } from '../../support/http-app.js'

describe.each(STORES)('ctx.session in %s', (_, store) => {
  const site = createSite(store())
  const { Session } = site

  describe('get', () => {
    test('starts a session if there is none, one for two parallel calls', async () => {
      const browser = site.browser()
      const { value, setCookies } = await browser.visit((s) => Promise.all([s.get(), s.get()]))
      expect(value[0].id).toMatch(/^[\w-]{20}$/)
      expect(value[1]).toEqual(value[0])
      expect(setCookies).toHaveLength(1)
      expect(browser.cookie).toMatch(new RegExp(`^${value[0].id}\\.[\\w-]{32}$`))
      const again = await browser.visit((s) => s.get())
      expect(again.value).toEqual(value[0])
      expect(again.setCookies).toEqual([])
    })

    test('reads from the store at each call, all fields or some', async () => {
      const browser = site.browser()
      const { value } = await browser.visit(async (s) => {
        await s.set({ a: 1, b: true, c: 'x', d: 10n })
        const first = await s.get()
        await Session.store.set(first.id!, { a: 2 })
        return [first, await s.get(), await s.get(['a', 'missing', 'id']), await s.get('c')]
      })
      const id = value[0]!.id
      expect(value).toEqual([
        { id, a: '1', b: 'true', c: 'x', d: '10' },
        { id, a: '2', b: 'true', c: 'x', d: '10' },
        { id, a: '2' },
        { id, c: 'x' },
      ])
    })
  })

  describe('peek', () => {
    test('never starts a session and sets no cookie', async () => {
      const browser = site.browser()
      const { value, setCookies } = await browser.visit((s) => s.peek())
      expect(value).toEqual({})
      expect(setCookies).toEqual([])
      await browser.visit((s) => s.set({ a: 1, b: 2 }))
      const read = await browser.visit((s) => s.peek(['b']))
      expect(read.value).toEqual({ id: expect.any(String), b: '2' })
      expect(read.setCookies).toEqual([])
    })
  })

  describe('set', () => {
    test('starts a session, resolves to what was given, and merges', async () => {
      const browser = site.browser()
      const { value } = await browser.visit((s) => s.set({ a: 1, b: 2 }))
      expect(value).toEqual({ a: 1, b: 2 })
      await browser.visit((s) => s.set({ b: 3, c: 4 }))
      expect((await browser.visit((s) => s.get())).value).toMatchObject({ a: '1', b: '3', c: '4' })
    })

    test('removes what is null or undefined', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ user_id: 'gone', a: 1, b: 2 }))
      await browser.visit((s) => s.set({ user_id: undefined, a: null }))
      const { value } = await browser.visit((s) => s.get())
      expect(value).toEqual({ id: expect.any(String), b: '2' })
      expect(await Session.count('user_id', 'gone')).toBe(0)
      expect(await Session.count('user_id', 'undefined')).toBe(0)
    })

    test('of nothing touches, and starts a session if there is none', async () => {
      const { value, setCookies } = await site.browser().visit(async (s) => {
        await s.set({})
        return s.peek()
      })
      expect(value.id).toBeDefined()
      expect(setCookies).toHaveLength(1)
    })
  })

  describe('unset', () => {
    test('removes fields, one or many or none', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ a: 1, b: 2, c: 3, user_id: 'unset' }))
      await browser.visit((s) => s.unset([]))
      await browser.visit((s) => s.unset('a'))
      await browser.visit((s) => s.unset(['b', 'missing', 'user_id']))
      const { value } = await browser.visit((s) => s.get())
      expect(value).toEqual({ id: expect.any(String), c: '3' })
      expect(await Session.count('user_id', 'unset')).toBe(0)
    })

    test('starts no session and sets no cookie', async () => {
      const browser = site.browser()
      expect((await browser.visit((s) => s.unset(['a']))).setCookies).toEqual([])
      browser.cookies.set('session-id', `${Session.store.createSessionId()}.${'x'.repeat(32)}`)
      expect((await browser.visit((s) => s.unset(['a']))).setCookies).toEqual([])
    })
  })

  test('touch renews, and starts a session if there is none', async () => {
    const browser = site.browser()
    const first = await browser.visit(async (s) => {
      await s.touch()
      return s.id
    })
    expect(first.setCookies).toHaveLength(1)
    await browser.visit((s) => s.set({ user_id: 'touched' }, '1 minute'))
    await browser.visit((s) => s.touch('1 hour'))
    for await (const { id, expiresAt } of Session.find('user_id', 'touched')) {
      expect(id).toBe(first.value)
      expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(50 * 60_000)
    }
    expect(await Session.count('user_id', 'touched')).toBe(1)
  })

  describe('delete', () => {
    test('ends the session and clears the cookie', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ user_id: 'deleted' }))
      const thief = browser.copy()
      await browser.visit((s) => s.delete())
      expect(browser.cookie).toBeUndefined()
      expect(await Session.count('user_id', 'deleted')).toBe(0)
      expect((await thief.visit((s) => s.peek())).value).toEqual({})
    })

    test('then get starts a new one with a new id, and leaves one cookie', async () => {
      const browser = site.browser()
      const { value: before } = await browser.visit((s) => s.get())
      const { value, setCookies } = await browser.visit(async (s) => {
        await s.delete()
        expect(s.id).toBeUndefined()
        return s.get()
      })
      expect(value.id).not.toBe(before.id)
      expect(setCookies).toHaveLength(1)
      expect(browser.cookie).toMatch(new RegExp(`^${value.id}\\.`))
      expect(await Session.revoke(before.id!)).toBe(false)
    })

    test('in the request that started it leaves neither session nor cookie', async () => {
      const browser = site.browser()
      const { value, setCookies } = await browser.visit(async (s) => {
        await s.set({ user_id: 'brief' })
        const { id } = s
        await s.delete()
        return id
      })
      expect(setCookies).toHaveLength(1)
      expect(browser.cookie).toBeUndefined()
      expect(await Session.revoke(value!)).toBe(false)
    })

    test('where there is none does nothing, and sets no cookie', async () => {
      const { status, setCookies } = await site.browser().visit((s) => s.delete())
      expect(status).toBe(204)
      expect(setCookies).toEqual([])
    })
  })

  test('id and getKey are known once the session was found alive, and not before', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.get())
    const { value } = await browser.visit(async (s) => {
      const before = [s.id, s.getKey()]
      const { id } = await s.get()
      return [before, id, s.id, s.getKey()]
    })
    const id = value[1] as string
    expect(value).toEqual([[undefined, undefined], id, id, Session.store.getSessionKey(id)])
  })

  describe('increment', () => {
    test('counts, from 0, and loses nothing to parallel requests', async () => {
      const browser = site.browser()
      expect((await browser.visit((s) => s.increment('n'))).value).toBe(1)
      expect((await browser.visit((s) => s.increment('n', 5))).value).toBe(6)
      expect((await browser.visit((s) => s.increment('n', -10n))).value).toBe(-4)
      await Promise.all(Array.from({ length: 20 }, () => browser.visit((s) => s.increment('n'))))
      expect((await browser.visit((s) => s.get())).value['n']).toBe('16')
    })

    test.each([
      ['user_id', 1],
      ['n', 1.5],
      ['n', Number.NaN],
      ['n', 2 ** 60],
      ['n', '1' as never],
      ['$secret', 1],
    ])('refuses %s by %s', async (field, by) => {
      const { error } = await site.browser().visit((s) => s.increment(field, by))
      expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    })

    test('refuses a field that holds something else', async () => {
      const { error } = await site.browser().visit(async (s) => {
        await s.set({ n: 'x' })
        await s.increment('n')
      })
      expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    })
  })

  test('revokeOthers ends the other sessions of the same user, and only those', async () => {
    const [mine, other, stranger, nobody] = [1, 2, 3, 4].map(() => site.browser())
    for (const browser of [mine!, other!]) await browser.visit((s) => s.set({ user_id: 'o' }))
    await stranger!.visit((s) => s.set({ user_id: 'p' }))
    expect((await mine!.visit((s) => s.revokeOthers('user_id'))).value).toBe(1)
    expect((await mine!.visit((s) => s.peek())).value['user_id']).toBe('o')
    expect((await other!.visit((s) => s.peek())).value).toEqual({})
    expect((await stranger!.visit((s) => s.peek())).value['user_id']).toBe('p')
    expect((await nobody!.visit((s) => s.revokeOthers('user_id'))).value).toBe(0)
    const late = nobody!
    await late.visit((s) => s.get())
    const superseded = late.copy()
    await late.visit((s) => s.set({ user_id: 'o' }))
    const refused = await superseded.visit((s) => s.revokeOthers('user_id'))
    expect(refused.error?.code).toBe('ERR_SESSION_SUPERSEDED')
    expect(
      (await superseded.visit((s) => Session.revokeAll('user_id', 'o', { except: s }))).error,
    ).toMatchObject({ code: 'ERR_SESSION_SUPERSEDED' })
    expect(await Session.count('user_id', 'o')).toBe(2)
    const { error } = await mine!.visit((s) => s.revokeOthers('name'))
    expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
  })

  test('a call uses the secret that a parallel call renewed', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.get())
    const { value, error, setCookies } = await browser.visit((s) =>
      Promise.all([s.set({ user_id: 1 }), s.set({ org_id: 2 }), s.increment('n'), s.get()]),
    )
    expect(error).toBeUndefined()
    expect(value[3]).toMatchObject({ user_id: '1', org_id: '2', n: '1' })
    expect(setCookies).toHaveLength(1)
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ user_id: '1' })
  })

  test('a call after one that failed works', async () => {
    const { value } = await site.browser().visit(async (s) => {
      const failed = s.set({ a: {} as never })
      const after = s.set({ a: 1 })
      await expect(failed).rejects.toMatchObject({ code: 'ERR_SESSION_FIELD' })
      await after
      return s.get()
    })
    expect(value).toMatchObject({ a: '1' })
  })
})

describe('without a call on ctx.session', () => {
  test('a request costs no cookie and no key', async () => {
    const client = redis()
    const prefix = 'untouched'
    const site: Site = createSite({ client, prefix })
    const browser = site.browser()
    expect((await browser.visit(() => 'x')).setCookies).toEqual([])
    expect((await browser.visit((s) => [s.id, s.getKey()])).setCookies).toEqual([])
    expect(await client.keys(`${prefix}*`)).toEqual([])
  })

  test('two middlewares, and createSession beside them, share one object', async () => {
    const { Session, browser } = createSite()
    const { value } = await browser().visit(async (s, ctx) => {
      await Session(ctx, async () => {})
      return [ctx.session === s, Session.createSession(ctx) === s]
    })
    expect(value).toEqual([true, true])
  })

  test('createSession beside another middleware makes an object of its own', async () => {
    const [one, other] = [createSite(), createSite({ key: 'other-session-id' })]
    const { value, setCookies } = await one.browser().visit(async (s, ctx) => {
      const session = other.Session.createSession(ctx)
      await s.set({ a: 1 })
      await session.set({ b: 2 })
      return [await s.get(), await session.get()]
    })
    expect(value).toEqual([
      { id: expect.any(String), a: '1' },
      { id: expect.any(String), b: '2' },
    ])
    expect(setCookies).toHaveLength(2)
  })

  test('createSession makes the object without the middleware', async () => {
    const { Session, browser } = createSite()
    const { value } = await browser().visit(async (_, ctx) => {
      const session = Session.createSession(ctx)
      await session.set({ a: 1 })
      return session.get()
    })
    expect(value).toMatchObject({ a: '1' })
  })
})
