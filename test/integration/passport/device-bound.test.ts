/** koa-passport where sessions are bound to devices. */
import type { Context } from 'koa'
import koaPassport from 'koa-passport'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Session } from '../../../src/index.js'
import { passportSession } from '../../../src/passport/index.js'
import { redis } from '../../support/clients/redis.js'
import { createBoundSite, Device, goBy, PROOF } from '../../support/device.js'
import type { Browser } from '../../support/http-app.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('without its proof a session is not "nobody": who asks is told, and a login goes on', async () => {
  const site = createBoundSite({ client: redis() })
  const passport = new koaPassport.KoaPassport()
  passport.serializeUser((user, done) => done(null, (user as { id: number }).id))
  passport.deserializeUser((id, done) => done(null, { id }))
  const session = passportSession(site.Session, { reference: 'user_id' })
  const visit = async (browser: Browser, page: (ctx: Context) => unknown) => {
    let value: unknown
    const { error } = await browser.visit((_: Session, given) => {
      const ctx = given as unknown as Context
      const run = async () => {
        value = await page(ctx)
      }
      return passport.initialize()(ctx, () => session(ctx, () => passport.session()(ctx, run)))
    })
    return error?.code ?? value
  }
  const isIn = (ctx: Context) => ctx.isAuthenticated()

  const device = new Device(site.browser())
  await device.bind()
  const { browser } = device
  expect(await visit(browser, isIn)).toBe(true)
  browser.cookies.delete(PROOF)
  await goBy(site, browser, 10_000)
  expect(await visit(browser, isIn)).toBe('ERR_SESSION_UNPROVEN')
  expect(await visit(browser, () => 'for everybody')).toBe('for everybody')
  expect(await visit(browser, (ctx) => ctx.login({ id: 7 }))).toBeUndefined()
  expect(await visit(browser, isIn)).toBe(true)
})
