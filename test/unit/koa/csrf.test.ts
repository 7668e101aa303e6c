import { describe, expect, test } from 'vitest'
import { createSite, STORES } from '../../support/http-app.js'

describe.each(STORES)('CSRF tokens in %s', (_, store) => {
  const site = createSite(store())

  test('are new at each call, and all valid, in this request and the next', async () => {
    const browser = site.browser()
    const { value: tokens } = await browser.visit(async (s) => {
      const made = [await s.createCSRFToken(), await s.createCSRFToken(await s.get())]
      for (const token of made) expect(await s.verifyCSRFToken(token)).toBe(true)
      return made
    })
    expect(tokens[0]).not.toBe(tokens[1])
    const { value } = await browser.visit(async (s) => [
      await s.verifyCSRFToken(tokens[0]),
      await s.verifyCSRFToken(await s.get(), tokens[1]),
      await s.verifyCSRFToken(undefined, tokens[1]),
    ])
    expect(value).toEqual([true, true, true])
  })

  test('of another session are refused, and so are malformed ones', async () => {
    const [browser, other] = [site.browser(), site.browser()]
    const { value: foreign } = await other.visit((s) => s.createCSRFToken())
    const { value: mine } = await browser.visit((s) => s.createCSRFToken())
    const changed = mine.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))
    const wrong = [foreign, changed, mine.slice(1), `${mine}x`, '', '.', 'x'.repeat(7000), null]
    const { value } = await browser.visit(async (s) =>
      Promise.all([...wrong, undefined, 7, {}, [mine]].map((token) => s.verifyCSRFToken(token))),
    )
    expect(value).not.toContain(true)
  })

  test('expire with a renewal, and with the session', async () => {
    const browser = site.browser()
    const { value: token } = await browser.visit((s) => s.createCSRFToken())
    await browser.visit((s) => s.set({ a: 1 }))
    expect((await browser.visit((s) => s.verifyCSRFToken(token))).value).toBe(true)
    await browser.visit((s) => s.set({ user_id: 1 }))
    expect((await browser.visit((s) => s.verifyCSRFToken(token))).value).toBe(false)
    const { value: next } = await browser.visit((s) => s.createCSRFToken())
    await site.Session.revokeAll('user_id', 1)
    expect((await browser.visit((s) => s.verifyCSRFToken(next))).value).toBe(false)
  })

  test('need a session to be created, but none to be refused', async () => {
    const browser = site.browser()
    const refused = await browser.visit((s) => s.verifyCSRFToken('x'))
    expect(refused).toMatchObject({ value: false, setCookies: [] })
    const made = await browser.visit(async (s) => [await s.createCSRFToken(), s.id])
    expect(made.setCookies).toHaveLength(1)
    expect(made.value[1]).toBeDefined()
  })
})
