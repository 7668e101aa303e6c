/** Pages that ask again for the password. */
import { describe, expect, test, vi } from 'vitest'
import type { Session } from '../../../src/index.js'
import { createSite, STORES } from '../../support/http-app.js'

describe.each(STORES)('in %s', (_, store) => {
  const site = createSite(store())

  const stale = async (page: (s: Session) => Promise<unknown>, browser = site.browser()) => {
    const { error, status } = await browser.visit(page)
    return error === undefined ? 'fresh' : `${error.code} ${status}`
  }

  test('lets in whom has signed in a moment ago, and nobody else', async () => {
    const browser = site.browser()
    expect(await stale((s) => s.requireFresh('10 minutes'))).toBe('ERR_SESSION_STALE 403')
    await browser.visit((s) => s.set({ user_id: 'fresh' }))
    expect(await stale((s) => s.requireFresh('10 minutes'), browser)).toBe('ERR_SESSION_STALE 403')
    await browser.visit((s) => s.signIn({ user_id: 'fresh' }))
    expect(await stale((s) => s.requireFresh('10 minutes'), browser)).toBe('fresh')
    expect(
      await stale(async (s) => {
        const { signedInAt } = (await s.get(), s)
        await vi.waitUntil(() => Date.now() > signedInAt!.getTime() + 2)
        await s.requireFresh(1)
      }, browser),
    ).toBe('ERR_SESSION_STALE 403')
  })

  test('does not let in where the user was removed', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'fresh' }))
    await browser.visit((s) => s.unset('user_id'))
    expect(await stale((s) => s.requireFresh('1 hour'), browser)).toBe('ERR_SESSION_STALE 403')
  })

  test('tells a superseded cookie from a stale sign-in', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'fresh' }))
    const late = browser.copy()
    await browser.visit((s) => s.regenerate())
    expect(await stale((s) => s.requireFresh('1 hour'), late)).toBe('ERR_SESSION_SUPERSEDED 401')
  })
})
