/** Sign-ins and registrations whose answers are lost, and browsers that have lost their key. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBoundSite, Device, goBy, PROOF, sessionsOf } from '../../support/device.js'
import { STORES } from '../../support/http-app.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each(STORES)('in %s', (_, options) => {
  test('a registration whose answer is lost leaves an ordinary session', async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    await device.register(await device.signIn())
    device.browser.cookies.delete(PROOF)
    await goBy(site, device.browser, 3_600_000 / 2)
    const { value } = await device.browser.visit(async (session) => {
      await session.set({ name: 'x' })
      return [(await session.get()).user_id, session.bound, session.state]
    })
    expect(value).toEqual(['7', false, 'alive'])
    expect(await sessionsOf(site, 7)).toMatchObject([{ bound: false }])
  })

  test.each<[string, (device: Device) => Promise<unknown>]>([
    ['a read', ({ browser }) => browser.visit((session) => session.peek('user_id'))],
    ['a write', ({ browser }) => browser.visit((session) => session.set({ name: 'x' }))],
  ])('a binding takes effect with the first proof: %s', async (_what, use) => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    await device.register(await device.signIn())
    const thief = device.browser.copy()
    thief.cookies.delete(PROOF)
    expect(await sessionsOf(site, 7)).toMatchObject([{ bound: false }])
    await use(device)
    expect(await sessionsOf(site, 7)).toMatchObject([{ bound: true }])
    await goBy(site, device.browser, 5_001)
    expect((await thief.visit((session) => session.get())).value).toEqual({})
  })

  test('who signs in by set is not locked out without the key', async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    await device.bind()
    await goBy(site, device.browser, 5_001)
    const { browser } = device
    browser.cookies.delete(PROOF)
    const before = await sessionsOf(site, 7)
    const answer = await browser.visit(async (session) => {
      await session.peek()
      await session.set({ user_id: 7 })
      return session.get()
    })
    expect(answer.value['user_id']).toBe('7')
    expect(answer.headers['secure-session-registration']).toBeDefined()
    const after = await sessionsOf(site, 7)
    expect(after).toHaveLength(1)
    expect(after[0]!.id).not.toBe(before[0]!.id)
  })

  test('delete() ends the sessions of both cookies, also the one without its proof', async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    await device.bind(7)
    await goBy(site, device.browser, 5_001)
    const other = site.browser()
    await other.visit((session) => session.set({ user_id: 8 }))
    const name = '__Host-session-id'
    other.cookies.set(name, `${device.browser.cookie!}; ${name}=${other.cookie!}`)
    await other.visit((session) => session.delete())
    expect(await site.Session.count('user_id', 7)).toBe(0)
    expect(await site.Session.count('user_id', 8)).toBe(0)
  })

  test('a short refresh asks for a new challenge rather than send a proof that is over', async () => {
    const site = createBoundSite(options(), { refresh: '10 seconds' })
    const device = new Device(site.browser())
    await device.bind()
    const challenge = await device.challenge()
    await goBy(site, device.browser, 20_000)
    const [time = '', mac = ''] = challenge.split('.')
    // In Redis the challenge cannot be made older from here; in memory the clock was set.
    const answer = await device.answer(`${time}.${mac}`)
    expect(answer.status).toBe(site.Session.store.client === undefined ? 403 : 200)
  })
})
