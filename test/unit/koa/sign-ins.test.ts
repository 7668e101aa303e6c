/** Who is not let in: more than the limit, and whose sign-in was under way when all were revoked. */
import { describe, expect, test } from 'vitest'
import { type Browser, createSite, STORES } from '../../support/http-app.js'

describe.each(STORES)('in %s', (_, store) => {
  const limited = (onMax: 'evict-oldest' | 'refuse') =>
    createSite({ ...store(), references: { user_id: { max: 2, onMax } } })

  const signIn = (browser: Browser) => browser.visit((session) => session.set({ user_id: 7 }))
  const userOf = async (browser: Browser) =>
    (await browser.visit((session) => session.peek())).value.user_id

  test('one sign-in too many ends the first one', async () => {
    const site = limited('evict-oldest')
    const [first, second, third] = [site.browser(), site.browser(), site.browser()]
    for (const browser of [first, second, third]) {
      expect((await signIn(browser)).status).toBe(204)
    }
    expect(await Promise.all([first, second, third].map(userOf))).toEqual([undefined, '7', '7'])
    // Whose session was ended signs in like anybody else.
    expect((await signIn(first)).status).toBe(204)
    expect(await Promise.all([first, second, third].map(userOf))).toEqual(['7', undefined, '7'])
  })

  test('or is refused with 403, and keeps its session', async () => {
    const site = limited('refuse')
    const [first, second, third] = [site.browser(), site.browser(), site.browser()]
    await signIn(first)
    await signIn(second)
    await third.visit((session) => session.set({ basket: 'a book' }))
    const refused = await signIn(third)
    expect(refused).toMatchObject({ status: 403, error: { code: 'ERR_SESSION_LIMIT' } })
    expect(refused.setCookies).toEqual([])
    expect(refused.error?.message).not.toContain('7')
    expect((await third.visit((session) => session.get())).value).toMatchObject({
      basket: 'a book',
    })
    await first.visit((session) => session.delete())
    expect((await signIn(third)).status).toBe(204)
    expect((await third.visit((session) => session.get())).value).toMatchObject({
      basket: 'a book',
      user_id: '7',
    })
  })

  test('a sign-in that began before revokeAll is refused with 401', async () => {
    const site = createSite(store())
    const [old, late] = [site.browser(), site.browser()]
    await signIn(old)
    const refused = await late.visit(async (session) => {
      // Meanwhile this request checks the old password.
      expect(await site.Session.revokeAll('user_id', 7)).toBe(1)
      await session.set({ user_id: 7 })
    })
    expect(refused).toMatchObject({ status: 401, error: { code: 'ERR_SESSION_REVOKED' } })
    expect(refused.setCookies).toEqual([])
    expect(await site.Session.count('user_id', 7)).toBe(0)
    expect((await signIn(late)).status).toBe(204)
    expect(await userOf(late)).toBe('7')
  })

  test('revokeAll spares the session of the caller', async () => {
    const site = createSite(store())
    const browser = site.browser()
    await signIn(site.browser())
    const answer = await browser.visit(async (session) => {
      await session.set({ user_id: 7 })
      await session.regenerate()
      return site.Session.revokeAll('user_id', 7, { except: session })
    })
    expect(answer).toMatchObject({ status: 204, value: 1 })
    expect(await userOf(browser)).toBe('7')
  })
})
