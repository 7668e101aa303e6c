/** `ctx.session.signal` of a bound session. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../../src/index.js'
import { createBoundSite, Device, goBy, PROOF } from '../../support/device.js'
import { STORES } from '../../support/http-app.js'

/** What requests under way get on top of a proof. */
const UNDER_WAY = 5_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** The code that a session's signal aborts with, now or later. */
async function endOf({ signal }: Session): Promise<string | undefined> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
  return (signal.reason as { code?: string }).code
}

describe.each(STORES)('the signal of a bound session, in %s', (_, options) => {
  test('fires when the proof that it was opened under is over', async () => {
    const site = createBoundSite(options(), { refresh: '1 second' })
    const device = new Device(site.browser())
    await device.bind()
    await goBy(site, device.browser, UNDER_WAY + 800)
    const { value } = await device.browser.visit(endOf)
    expect(value).toBe('ERR_SESSION_UNPROVEN')
    await site.Session.close()
  })

  test('fires when what requests under way get is over', async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    await device.bind()
    device.browser.cookies.delete(PROOF)
    await goBy(site, device.browser, UNDER_WAY - 300)
    const { value } = await device.browser.visit(endOf)
    expect(value).toBe('ERR_SESSION_UNPROVEN')
    await site.Session.close()
  })

  test('fires when the session is bound after it was opened, whatever its request does then', async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    const challenge = await device.signIn()
    const { value } = await device.browser.visit(async (session) => {
      await session.get()
      const ended = endOf(session)
      const tab = new Device(device.browser.copy())
      await tab.register(challenge)
      await tab.browser.visit((own) => own.peek())
      await session.peek()
      return ended
    })
    expect(value).toBe('ERR_SESSION_UNPROVEN')
    await site.Session.close()
  })

  test('fires for a request that read before the binding and opens it afterwards, beside another one', async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    const challenge = await device.signIn()
    const thief = device.browser.copy()
    const { value } = await thief.visit(async (session) => {
      await session.get()
      await device.register(challenge)
      await device.browser.visit((own) => own.peek())
      return device.browser.visit(async (own) => {
        await own.get()
        const { signal } = own
        const code = await endOf(session)
        return [code, signal.aborted]
      })
    })
    expect(value.value).toEqual(['ERR_SESSION_UNPROVEN', false])
    await site.Session.close()
  })

  test('does not fire while the proof lasts', async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    await device.bind()
    const { value } = await device.browser.visit(async (session) => {
      const { signal } = session
      await session.regenerate()
      await device.browser.copy().visit((own) => own.peek())
      return signal.aborted
    })
    expect(value).toBe(false)
    await site.Session.close()
  })
})
