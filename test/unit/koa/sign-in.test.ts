/** Signing in, and what a request knows of its session. */
import { describe, expect, test } from 'vitest'
import type { Session } from '../../../src/index.js'
import { createSite, STORES } from '../../support/http-app.js'

describe.each(STORES)('in %s', (_, store) => {
  const site = createSite(store())
  const { Session: Sessions } = site

  const count = (user: string) => Sessions.count('user_id', user)

  describe('signIn', () => {
    test('keeps the fields of a visitor, and renews the secret', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ basket: 'full' }))
      const planted = browser.copy()
      const { value } = await browser.visit(async (s) => {
        await s.signIn({ user_id: 'visitor' })
        return s.get()
      })
      expect(value).toMatchObject({ user_id: 'visitor', basket: 'full' })
      expect(browser.cookie).not.toBe(planted.cookie)
    })

    test('renews the secret for the same user again, and keeps the fields', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.signIn({ user_id: 'again', a: 1 }))
      const before = browser.copy()
      await browser.visit((s) => s.signIn({ user_id: 'again' }))
      expect(browser.cookie).not.toBe(before.cookie)
      expect((await browser.visit((s) => s.get())).value).toMatchObject({ a: '1' })
      expect(await count('again')).toBe(1)
    })

    test('leaves no field behind where the user before was removed', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.signIn({ user_id: 'former', role: 'operator' }))
      await browser.visit((s) => s.unset('user_id'))
      await browser.visit((s) => s.signIn({ user_id: 'next' }))
      const { value } = await browser.visit((s) => s.get())
      expect(value).toEqual({ id: expect.any(String), user_id: 'next' })
    })

    test('as somebody else leaves no field, no reference and no idle timeout behind', async () => {
      const browser = site.browser()
      await browser.visit((s) =>
        s.signIn({ user_id: 'operator', org_id: 'org', ip: 'x', role: 'operator' }, '90 days'),
      )
      const { value } = await browser.visit(async (s) => {
        await s.signIn({ user_id: 'other', lang: 'de' })
        return s.get()
      })
      expect(value).toEqual({ id: expect.any(String), user_id: 'other', lang: 'de' })
      expect(await count('operator')).toBe(0)
      expect(await Sessions.count('org_id', 'org')).toBe(0)
      expect(await Sessions.count('ip', 'x')).toBe(0)
      expect(await count('other')).toBe(1)
      for await (const found of Sessions.find('user_id', 'other')) {
        expect(found.expiresAt.getTime()).toBeLessThan(Date.now() + 29 * 24 * 3_600_000)
      }
      // What is written afterwards stays.
      await browser.visit((s) => s.set({ role: 'guest' }))
      expect((await browser.visit((s) => s.peek('role'))).value).toMatchObject({ role: 'guest' })
    })

    test('without an organisation that the session had is a sign-in as somebody else', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.signIn({ user_id: 'member', org_id: 'one', role: 'admin' }))
      await browser.visit((s) => s.signIn({ user_id: 'member' }))
      const { value } = await browser.visit((s) => s.get())
      expect(value).toEqual({ id: expect.any(String), user_id: 'member' })
      expect(await Sessions.count('org_id', 'one')).toBe(0)
    })

    test.each([
      ['no reference', { a: 1 }],
      ['a reference that does not rotate', { ip: 'x' }],
      ['null', { user_id: null }],
      ['null beside a reference', { user_id: 'x', org_id: null }],
    ])('is refused with %s, and nothing is sent', async (_name, values) => {
      const browser = site.browser()
      const { error, setCookies } = await browser.visit((s) => s.signIn(values))
      expect(error?.code).toBe('ERR_SESSION_FIELD')
      expect(setCookies).toEqual([])
    })

    test('notes the time, which set does not', async () => {
      const browser = site.browser()
      const before = Date.now()
      await browser.visit((s) => s.set({ user_id: 'noted' }))
      const { value: none } = await browser.visit(async (s) => (await s.get(), s.signedInAt))
      expect(none).toBeUndefined()
      const { value } = await browser.visit(async (s) => {
        await s.signIn({ user_id: 'noted' })
        await s.get(['user_id'])
        return s.signedInAt
      })
      expect(value?.getTime()).toBeGreaterThanOrEqual(before)
      for await (const found of Sessions.find('user_id', 'noted')) {
        expect(found.signedInAt).toEqual(value)
        expect(found.lastActiveAt.getTime()).toBeGreaterThanOrEqual(value!.getTime())
      }
    })
  })

  describe('state', () => {
    const stateAfter = async (
      browser: ReturnType<typeof site.browser>,
      page = (s: Session) => s.peek(),
    ) => (await browser.visit(async (s) => (await page(s).catch(() => {}), s.state))).value

    test('is unknown, none, alive, superseded, or ended', async () => {
      const browser = site.browser()
      expect((await browser.visit((s) => s.state)).value).toBe('unknown')
      expect(await stateAfter(browser)).toBe('none')
      await browser.visit((s) => s.signIn({ user_id: 'state' }))
      expect(await stateAfter(browser)).toBe('alive')
      const late = browser.copy()
      await browser.visit((s) => s.regenerate())
      expect(await stateAfter(late)).toBe('superseded')
      await browser.copy().visit((s) => s.delete())
      expect(await stateAfter(browser)).toBe('none')
    })

    test('is ended where the session ended after the request found it alive', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.signIn({ user_id: 'revoked' }))
      const { value } = await browser.visit(async (s) => {
        await s.get()
        await Sessions.revokeAll('user_id', 'revoked')
        await s.peek()
        return s.state
      })
      expect(value).toBe('ended')
    })
  })

  /** A request that begins, waits, and goes on. */
  function slowly(
    browser: ReturnType<typeof site.browser>,
    page: (s: Session) => Promise<unknown>,
  ) {
    let begun = (): void => {}
    let goOn = (): void => {}
    const started = new Promise<void>((resolve) => {
      begun = resolve
    })
    const gate = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const answer = browser.copy().visit(async (s) => {
      begun()
      await gate
      const value = await page(s)
      return { value, state: s.state }
    })
    return { started, goOn, answer }
  }

  describe('a slow request does not sign its browser out', () => {
    test.each(['get', 'peek'] as const)('after it signed in: %s', async (method) => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ a: 1 }))
      const slow = slowly(browser, (s) => s[method]())
      await slow.started
      await browser.visit((s) => s.signIn({ user_id: 'slow' }))
      slow.goOn()
      const { value, setCookies } = await slow.answer
      expect(value).toEqual({ value: {}, state: 'superseded' })
      expect(setCookies).toEqual([])
    })

    test('after it signed out and in again', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.signIn({ user_id: 'slow' }))
      const reads = slowly(browser, (s) => s.get())
      const writes = slowly(browser, (s) => s.set({ a: 1 }))
      const deletes = slowly(browser, (s) => s.delete())
      const signsIn = slowly(browser, (s) => s.signIn({ user_id: 'slow too' }))
      await Promise.all([reads.started, writes.started, deletes.started, signsIn.started])
      await browser.visit((s) => s.delete())
      await browser.visit((s) => s.signIn({ user_id: 'slow' }))
      for (const { goOn } of [reads, writes, deletes, signsIn]) goOn()
      expect(await reads.answer).toMatchObject({
        value: { value: {}, state: 'ended' },
        setCookies: [],
      })
      expect(await writes.answer).toMatchObject({ setCookies: [], status: 401 })
      expect((await writes.answer).error?.code).toBe('ERR_SESSION_REVOKED')
      expect(await deletes.answer).toMatchObject({ error: undefined, setCookies: [] })
      expect((await signsIn.answer).setCookies).toHaveLength(1)
      // A request that begins later starts anew.
      expect((await browser.visit((s) => s.peek())).value).toMatchObject({ user_id: 'slow' })
    })
  })

  test('signing out with a superseded cookie ends the session', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'out' }))
    const late = browser.copy()
    await browser.visit((s) => s.regenerate())
    const { error, setCookies } = await late.visit((s) => s.delete())
    expect(error).toBeUndefined()
    expect(setCookies).toHaveLength(1)
    expect(await count('out')).toBe(0)
    expect((await browser.visit((s) => s.peek())).value).toEqual({})
  })

  test("a cookie that was never the session's ends nothing", async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'forged' }))
    const forger = site.browser()
    forger.cookies.set('session-id', `${browser.cookie?.slice(0, 21)}${'x'.repeat(32)}`)
    await forger.visit((s) => s.delete())
    expect(await count('forged')).toBe(1)
  })

  test('a CSRF token is worth nothing once the session has ended within the request', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'csrf' }))
    const { value } = await browser.visit(async (s) => {
      const token = await s.createCSRFToken()
      const before = await s.verifyCSRFToken(token)
      await Sessions.revokeAll('user_id', 'csrf')
      return [before, await s.verifyCSRFToken(token)]
    })
    expect(value).toEqual([true, false])
  })

  describe('ctx.session.revoke', () => {
    test('ends another session of the same user, and none of anybody else', async () => {
      const [mine, phone, stranger] = [site.browser(), site.browser(), site.browser()]
      const signIn = async (browser: typeof mine, user_id: string) =>
        String((await browser.visit(async (s) => (await s.signIn({ user_id }), s.id))).value)
      const own = await signIn(mine, 'devices')
      const other = await signIn(phone, 'devices')
      const foreign = await signIn(stranger, 'somebody')
      const revoke = (id: string, field: string) => mine.visit((s) => s.revoke(id, field as never))
      expect((await revoke(foreign, 'user_id')).value).toBe(false)
      expect((await stranger.visit((s) => s.peek())).value).toMatchObject({ user_id: 'somebody' })
      expect((await revoke(other, 'user_id')).value).toBe(true)
      expect((await phone.visit((s) => s.peek())).value).toEqual({})
      expect((await revoke(other, 'user_id')).value).toBe(false)
      expect((await revoke('rubbish', 'user_id')).value).toBe(false)
      expect((await revoke(own, 'user_id')).error?.code).toBe('ERR_SESSION_OPTIONS')
      expect((await revoke(other, undefined as never)).error?.code).toBe('ERR_SESSION_OPTIONS')
      expect((await revoke(other, 'nothing')).error?.code).toBe('ERR_SESSION_FIELD')
      expect((await site.browser().visit((s) => s.revoke(own, 'user_id'))).value).toBe(false)
    })
  })

  test('createCookie signs in, for tests and scripts', async () => {
    const { id, cookie } = await Sessions.createCookie({ user_id: 'created', a: 1 })
    const browser = site.browser()
    browser.cookies.set('session-id', cookie.split('=')[1]!)
    const { value } = await browser.visit(async (s) => {
      const { user_id, a } = (await s.get()) as Record<string, string>
      return { id: s.id, user_id, a, at: s.signedInAt }
    })
    expect(value).toEqual({ id, user_id: 'created', a: '1', at: expect.any(Date) })
    await expect(Sessions.createCookie({ a: 1 })).rejects.toMatchObject({
      code: 'ERR_SESSION_FIELD',
    })
  })

  test('Session.store.get names the id of a live session', async () => {
    const { id } = await Sessions.createCookie({ user_id: 'by id' })
    expect(await Sessions.store.get(id)).toEqual({ id, user_id: 'by id' })
    expect(await Sessions.store.get(id, [])).toEqual({ id })
    expect(await Sessions.store.get(Sessions.store.createSessionId())).toEqual({})
  })
})
