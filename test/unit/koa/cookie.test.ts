import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import type { Session } from '../../../src/index.js'
import { createSite, expiresIn, STORES } from '../../support/http-app.js'

const DAY = 24 * 60 * 60 * 1000

describe.each(STORES)('hostile cookies in %s', (_, store) => {
  const site = createSite(store())
  const { Session: Sessions } = site

  test('adopt nothing and break nothing', async () => {
    const victim = site.browser()
    await victim.visit((s) => s.set({ user_id: 'victim' }))
    const [id, secret] = victim.cookie!.split('.') as [string, string]
    const operated = Sessions.store.createSessionId()
    await Sessions.store.set(operated, { user_id: 'victim' })
    const unknown = Sessions.store.createSessionId()
    for (const cookie of [
      'rubbish',
      '.',
      id,
      `${id}.`,
      `.${secret}`,
      `${id}.${'x'.repeat(secret.length)}`,
      `${id}.${secret}x`,
      `${id}.${secret.slice(0, -1)}`,
      `${id} .${secret}`,
      `${unknown}.${secret}`,
      `${operated}.${secret}`,
      `${operated}.`,
      `${operated}.undefined`,
      '%00',
      '__proto__',
      'x'.repeat(7000),
      `${id}.${'x'.repeat(7000)}`,
    ]) {
      const browser = site.browser()
      browser.cookies.set('session-id', cookie)
      const peek = await browser.visit((s) => s.peek())
      expect(peek, cookie).toMatchObject({ status: 204, value: {}, setCookies: [] })
      const get = await browser.visit(async (s) => {
        await s.set({ a: 1 })
        return s.get()
      })
      expect(get.status, cookie).toBe(204)
      expect([id, operated, unknown]).not.toContain(get.value.id)
      expect(get.value['user_id']).toBeUndefined()
    }
    expect((await victim.visit((s) => s.peek())).value).toEqual({ id, user_id: 'victim' })
  })

  test('a client-chosen id is never adopted, not even by signing in', async () => {
    const chosen = Sessions.store.createSessionId()
    const browser = site.browser()
    browser.cookies.set('session-id', `${chosen}.${'A'.repeat(32)}`)
    await browser.visit((s) => s.set({ user_id: 'adopted' }))
    expect(browser.cookie?.slice(0, 20)).not.toBe(chosen)
    expect(await Sessions.store.get(chosen)).toEqual({})
    expect(await Sessions.count('user_id', 'adopted')).toBe(1)
  })
})

describe('the cookie', () => {
  test('is httpOnly, lax and for the whole site', async () => {
    const { setCookies } = await createSite()
      .browser()
      .visit((s) => s.set({ a: 1 }))
    expect(setCookies[0]).toMatch(/^session-id=[\w-]{20}\.[\w-]{32}; path=\/; /)
    expect(setCookies[0]).toMatch(/; samesite=lax; httponly$/i)
    expect(setCookies[0]).not.toMatch(/secure|domain|partitioned|priority/i)
  })

  test('takes the attributes of ctx.cookies', async () => {
    const site = createSite({
      key: 'sid',
      domain: 'example.com',
      path: '/app',
      sameSite: 'none',
      secure: true,
      httpOnly: false,
      partitioned: true,
      priority: 'high',
      byteLength: 32,
    })
    site.app.proxy = true
    const browser = site.browser()
    browser.headers['x-forwarded-proto'] = 'https'
    const { setCookies } = await browser.visit((s) => s.set({ a: 1 }))
    expect(setCookies[0]).toMatch(/^sid=[\w-]{20}\.[\w-]{43}; path=\/app; /)
    expect(setCookies[0]).toMatch(/; domain=example\.com/)
    expect(setCookies[0]).toMatch(/; samesite=none/)
    expect(setCookies[0]).toMatch(/; secure/)
    expect(setCookies[0]).toMatch(/; priority=high/)
    expect(setCookies[0]).toMatch(/; partitioned/)
    expect(setCookies[0]).not.toMatch(/httponly/i)
  })

  test('has the __Host- name where it may, behind a proxy that ends TLS', async () => {
    const site = createSite({ secure: true })
    site.app.proxy = true
    const browser = site.browser()
    browser.headers['x-forwarded-proto'] = 'https'
    const { setCookies } = await browser.visit((s) => s.set({ a: 1 }))
    expect(setCookies[0]).toMatch(/^__Host-session-id=.*; secure/)
    expect((await browser.visit((s) => s.get())).value).toMatchObject({ a: '1' })
    for (const options of [{ path: '/app' }, { domain: 'example.com' }]) {
      const narrow = createSite({ secure: true, ...options })
      narrow.app.proxy = true
      const other = narrow.browser()
      other.headers['x-forwarded-proto'] = 'https'
      const answer = await other.visit((s) => s.set({ a: 1 }))
      expect(answer.setCookies[0]).toMatch(/^session-id=/)
    }
  })

  test.each([{ path: '/app' }, { domain: 'example.com' }])(
    'of a __Host- name is refused with %j, as browsers would',
    (narrow) => {
      for (const key of ['__Host-x', '__HOST-x']) {
        const make = () => createSite({ secure: true, key, ...narrow })
        expect(make).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
      }
      expect(() => createSite({ secure: true, key: '__Host-x' })).not.toThrow()
      expect(() => createSite({ secure: true, key: '__Secure-x', ...narrow })).not.toThrow()
    },
  )

  test('with secure: true over plain HTTP is a clear error, before anything is stored', async () => {
    const site = createSite({ secure: true })
    const { error, status, setCookies } = await site
      .browser()
      .visit((s) => s.set({ user_id: 'plain' }))
    expect(error).toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    expect(error?.message).toMatch(/app\.proxy/)
    expect({ status, setCookies }).toEqual({ status: 500, setCookies: [] })
    expect(await site.Session.count('user_id', 'plain')).toBe(0)
  })

  test('can be signed; a wrong signature is no session', async () => {
    const site = createSite({ signed: true })
    const unset = await site.browser().visit((s) => s.get())
    expect(unset.error?.message).toMatch(/app\.keys/)
    site.app.keys = ['secret']
    const browser = site.browser()
    await browser.visit((s) => s.set({ a: 1 }))
    expect([...browser.cookies.keys()]).toEqual(['session-id', 'session-id.sig'])
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ a: '1' })
    const forged = browser.copy()
    forged.cookies.set('session-id.sig', 'x'.repeat(27))
    expect(await forged.visit((s) => s.peek())).toMatchObject({ value: {}, setCookies: [] })
    // A new key comes first: what was signed by one before it is good, and a look sends nothing.
    site.app.keys = ['newer', 'secret']
    const looked = await browser.visit((s) => s.peek())
    expect(looked).toMatchObject({ value: { a: '1' }, setCookies: [] })
    await browser.visit((s) => s.delete())
    expect(browser.cookies.size).toBe(0)
  })

  test('follows the time to live: of the session, of a call, of one without fields', async () => {
    const browser = createSite({ maxAge: '10 days', emptyMaxAge: '1 day' }).browser()
    const in_ = async (...calls: Parameters<typeof browser.visit>) =>
      Math.round((expiresIn((await browser.visit(...calls)).setCookies[0]) ?? 0) / DAY)
    expect(await in_((s) => s.get())).toBe(1)
    expect(await in_((s) => s.set({ a: 1 }))).toBe(10)
    expect(await in_((s) => s.unset(['a']))).toBe(1)
    expect(await in_((s) => s.set({ a: 1 }, 3 * DAY))).toBe(3)
    // It has not outgrown its cookie, which is sent all the same.
    expect(await in_((s) => s.set({ a: 1 }, 3 * DAY))).toBe(3)
    expect(await in_((s) => s.unset(['b'], '5 days'))).toBe(5)
    expect(await in_((s) => s.touch('7 days'))).toBe(7)
    expect(await in_((s) => s.touch())).toBe(7)
    expect(await in_((s) => s.regenerate())).toBe(7)
  })

  test('is sent again only when the session outgrows it by a tenth', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const browser = createSite({ maxAge: '10 days' }).browser()
      let cookie =
        expiresIn((await browser.visit((s) => s.set({ n: 0 }))).setCookies[0])! + Date.now()
      let sent = 0
      for (let hour = 1; hour <= 20 * 24; hour++) {
        vi.advanceTimersByTime(3600_000)
        const { setCookies } = await browser.visit((s) => s.set({ n: hour }))
        if (setCookies.length > 0) cookie = expiresIn(setCookies[0])! + Date.now()
        sent += setCookies.length
        expect(cookie - Date.now()).toBeGreaterThan(9 * DAY - 3600_000)
      }
      expect(sent).toBe(20)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each(STORES)(
    'with an old secret is not brought back by a slow answer, in %s',
    async (_, store) => {
      const browser = createSite(store()).browser()
      await browser.visit((s) => s.set({ a: 1 }))
      const slow = browser.copy()
      const late = await slow.visit(async (s) => {
        await s.set({ seen: 1 })
        await browser.visit((other) => other.set({ user_id: 7 }))
      })
      expect(late.setCookies).toEqual([])
    },
  )

  test('with persistent: false ends with the browser, unless a call gave its own time', async () => {
    const site = createSite({ persistent: false })
    const browser = site.browser()
    const first = await browser.visit((s) => s.set({ user_id: 1 }))
    expect(first.setCookies[0]).not.toMatch(/expires|max-age/i)
    expect((await browser.visit((s) => s.set({ a: 1 }))).setCookies).toEqual([])
    const remembered = await browser.visit((s) => s.set({ user_id: 2 }, '30 days'))
    expect(expiresIn(remembered.setCookies[0])).toBeGreaterThan(29 * DAY)
    const later = await browser.visit((s) => s.regenerate())
    expect(expiresIn(later.setCookies[0])).toBeGreaterThan(29 * DAY)
  })

  test('cannot be sent to an upgraded request: what would need one is refused before', async () => {
    const { app, Session, browser } = createSite()
    const visitor = browser()
    await visitor.visit((s) => s.set({ user_id: 'socket' }))
    const incoming = new IncomingMessage(new Socket())
    Object.assign(incoming, { upgrade: true, headers: { cookie: `session-id=${visitor.cookie}` } })
    const session = Session.createSession(app.createContext(incoming, new ServerResponse(incoming)))
    for (const write of [
      session.regenerate(),
      session.set({ user_id: 'other' }),
      session.unset(['user_id']),
    ]) {
      await expect(write).rejects.toMatchObject({ code: 'ERR_SESSION_HEADERS_SENT' })
    }
    await session.set({ seen: 'now' })
    expect((await visitor.visit((s) => s.peek())).value).toMatchObject({
      user_id: 'socket',
      seen: 'now',
    })
    await session.delete()
    await expect(session.get()).rejects.toMatchObject({ code: 'ERR_SESSION_HEADERS_SENT' })
    expect(await Session.count('user_id', 'socket')).toBe(0)
  })

  test('cannot be sent after the headers: a clear error, and nothing is stored', async () => {
    const site = createSite()
    const browser = site.browser()
    await browser.visit((s) => s.set({ user_id: 'sse' }))
    for (const write of [
      (s) => s.set({ a: 1 }),
      (s) => s.touch(),
      (s) => s.regenerate(),
      (s) => s.unset(['user_id']),
      (s) => s.increment('n'),
    ] satisfies ((s: Session) => unknown)[]) {
      await browser.visit(async (s, ctx) => {
        ctx.respond = false
        ctx.res.flushHeaders()
        expect(await s.get()).toMatchObject({ user_id: 'sse' })
        const refused = Promise.resolve(write(s))
        await expect(refused).rejects.toMatchObject({ code: 'ERR_SESSION_HEADERS_SENT' })
        ctx.res.end()
      })
    }
    await site.browser().visit(async (s, ctx) => {
      ctx.respond = false
      ctx.res.flushHeaders()
      expect(await s.peek()).toEqual({})
      await expect(s.get()).rejects.toMatchObject({ code: 'ERR_SESSION_HEADERS_SENT' })
      ctx.res.end()
    })
    // Ending a session needs no cookie.
    await browser.visit(async (s, ctx) => {
      ctx.respond = false
      ctx.res.flushHeaders()
      await s.delete()
      ctx.res.end()
    })
    expect(await site.Session.count('user_id', 'sse')).toBe(0)
  })
})
