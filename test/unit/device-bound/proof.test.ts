import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../../../src/index.js'
import { createBoundSite, Device, goBy, PROOF, sessionsOf } from '../../support/device.js'
import { type Browser, type Site, STORES } from '../../support/http-app.js'

const REFRESH = 600_000
/** What requests under way get on top of it. */
const UNDER_WAY = 5_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each(STORES)('a bound session, in %s', (_, options) => {
  const bound = async (
    more: object = {},
  ): Promise<{ site: Site; device: Device; thief: Browser }> => {
    const site = createBoundSite({ ...options(), ...more })
    const device = new Device(site.browser())
    await device.bind()
    return { site, device, thief: device.browser.copy() }
  }

  test('opens with its proof, until that is over, and again after a refresh', async () => {
    const { site, device } = await bound()
    const { browser } = device
    await goBy(site, browser, REFRESH + UNDER_WAY - 2_000)
    expect(await use(browser)).toEqual(['7', 'alive', true])
    await goBy(site, browser, 2_001)
    expect(await use(browser)).toEqual([undefined, 'unproven', false])
    expect((await device.refresh()).status).toBe(200)
    expect(await use(browser)).toEqual(['7', 'alive', true])
  })

  test('opens without a proof for the requests that were under way when it was bound', async () => {
    const { site, device } = await bound()
    const { browser } = device
    browser.cookies.delete(PROOF)
    await goBy(site, browser, UNDER_WAY - 1_000)
    expect(await use(browser)).toEqual(['7', 'alive', false])
    expect((await browser.visit((session) => session.set({ name: 'x' }))).status).toBe(204)
    await goBy(site, browser, 1_001)
    expect(await use(browser)).toEqual([undefined, 'unproven', false])
  })

  test.each<[string, (proof: string) => string | undefined]>([
    ['none', () => undefined],
    ['an empty one', () => ''],
    ['rubbish', () => 'x'],
    ['one with a later time', (proof) => proof.replace(/^\d/, '9')],
    ['one with another signature', (proof) => proof.replace(/\.../, '.AA')],
    ['a challenge', (proof) => proof],
  ])('does not open with another proof: %s', async (what, change) => {
    const { site, device } = await bound()
    const { browser } = device
    await goBy(site, browser, UNDER_WAY + 1)
    const given =
      what === 'a challenge' ? await device.challenge() : change(browser.cookies.get(PROOF)!)
    if (given === undefined) browser.cookies.delete(PROOF)
    else browser.cookies.set(PROOF, given)
    expect(await use(browser)).toEqual([undefined, 'unproven', false])
    const written = await browser.visit((session) => session.set({ name: 'x' }))
    expect([written.status, written.error?.code]).toEqual([401, 'ERR_SESSION_UNPROVEN'])
  })

  test('does not open with the proof of another session', async () => {
    const { site, device } = await bound()
    const other = new Device(site.browser())
    await other.bind(8)
    device.browser.cookies.set(PROOF, other.browser.cookies.get(PROOF)!)
    await goBy(site, device.browser, UNDER_WAY + 1)
    expect(await use(device.browser)).toEqual([undefined, 'unproven', false])
  })

  test('opens with the right one of two proofs', async () => {
    const { site, device } = await bound()
    await goBy(site, device.browser, UNDER_WAY + 1)
    const right = device.browser.cookies.get(PROOF)!
    device.browser.cookies.set(PROOF, `x; ${PROOF}=${right}`)
    expect(await use(device.browser)).toEqual(['7', 'alive', true])
  })

  describe('without a proof', () => {
    const unproven = async (
      more: object = {},
    ): Promise<{ site: Site; device: Device; thief: Browser }> => {
      const all = await bound(more)
      await goBy(all.site, all.device.browser, UNDER_WAY + 1)
      all.thief.cookies.delete(PROOF)
      return all
    }

    test.each<[string, (session: Session) => Promise<unknown>]>([
      ['set', (session) => session.set({ name: 'x' })],
      ['set of a reference', (session) => session.set({ ip: '::1' })],
      ['unset', (session) => session.unset('name')],
      ['increment', (session) => session.increment('count')],
      ['touch', (session) => session.touch()],
      ['regenerate', (session) => session.regenerate()],
      ['revokeOthers', (session) => session.revokeOthers('user_id')],
      ['revoke', (session) => session.revoke('x', 'user_id')],
      ['requireFresh', (session) => session.requireFresh('1 hour')],
    ])('%s rejects, and changes nothing', async (_what, page) => {
      const { site, device, thief } = await unproven()
      const before = await sessionsOf(site, 7)
      for (const first of [undefined, (session: Session) => session.peek()]) {
        const answer = await thief.visit(async (session) => {
          await first?.(session)
          return page(session)
        })
        expect([answer.status, answer.error?.code]).toEqual([401, 'ERR_SESSION_UNPROVEN'])
        expect(answer.setCookies).toEqual([])
      }
      const after = await sessionsOf(site, 7)
      const { expiresAt } = before[0]!
      expect(after).toEqual([{ ...before[0]!, expiresAt: after[0]!.expiresAt }])
      // Redis tells the time left, by two clock readings.
      expect(Math.abs(after[0]!.expiresAt.getTime() - expiresAt.getTime())).toBeLessThan(5)
      expect(await site.Session.count('user_id', 8)).toBe(0)
      expect(await site.Session.count('ip', '::1')).toBe(0)
      expect(await use(device.browser)).toEqual(['7', 'alive', true])
    })

    test('reads show nothing, start nothing, and roll nothing', async () => {
      const { site, thief } = await unproven({ rolling: true })
      const [before] = await sessionsOf(site, 7)
      const answer = await thief.visit(async (session) => [
        await session.get(),
        await session.get('user_id'),
        await session.peek(),
        session.id,
        session.getKey(),
        session.signedInAt,
        session.state,
      ])
      expect(answer.value).toEqual([{}, {}, {}, undefined, undefined, undefined, 'unproven'])
      expect(answer.setCookies).toEqual([])
      const [after] = await sessionsOf(site, 7)
      expect(after?.lastActiveAt).toEqual(before?.lastActiveAt)
    })

    test('delete ends it', async () => {
      const { site, thief } = await unproven()
      expect((await thief.visit((session) => session.delete())).status).toBe(204)
      expect(await site.Session.count('user_id', 7)).toBe(0)
      expect(thief.cookie).toBeUndefined()
    })

    test('signIn ends it, and starts another, which may be bound', async () => {
      const { site, device } = await unproven({
        references: { user_id: { max: 1, onMax: 'refuse' } },
      })
      const [before] = await sessionsOf(site, 7)
      const { browser } = device
      browser.cookies.delete(PROOF)
      await browser.visit((session) => session.peek())
      expect((await device.bind()).status).toBe(200)
      const [after, ...more] = await sessionsOf(site, 7)
      expect(more).toEqual([])
      expect(after?.id).not.toBe(before?.id)
      expect(after?.bound).toBe(true)
    })

    test('forms go on: their tokens are of its secret', async () => {
      const { device, thief } = await unproven()
      const { value: token } = await device.browser.visit((session) => session.createCSRFToken())
      const { value } = await thief.visit(async (session) => [
        await session.verifyCSRFToken(token),
        await session.verifyCSRFToken('x'),
        await session.verifyCSRFToken(await session.createCSRFToken()),
      ])
      expect(value).toEqual([true, false, true])
    })

    test('the operator’s calls need none', async () => {
      const { site, device } = await unproven()
      const [{ id } = { id: '' }] = await sessionsOf(site, 7)
      await site.Session.store.set(id, { name: 'x', ip: '::1' })
      await site.Session.store.touch(id)
      expect(await site.Session.store.get(id)).toEqual({ id, user_id: '7', name: 'x', ip: '::1' })
      expect(await use(device.browser)).toEqual(['7', 'alive', true])
      expect(await site.Session.revoke(id)).toBe(true)
    })
  })

  test('stays bound while its secret is renewed, and its references change', async () => {
    const { site, device } = await bound()
    const { browser } = device
    for (const page of [
      (session: Session) => session.regenerate(),
      (session: Session) => session.set({ org_id: 2 }),
      (session: Session) => session.unset('org_id'),
    ]) {
      const answer = await browser.visit(page)
      expect(answer.headers['secure-session-registration']).toBeUndefined()
      expect(await use(browser)).toEqual(['7', 'alive', true])
    }
    await goBy(site, browser, REFRESH + UNDER_WAY)
    expect(await use(browser)).toEqual([undefined, 'unproven', false])
    expect((await device.refresh()).status).toBe(200)
    expect(await use(browser)).toEqual(['7', 'alive', true])
  })

  test.each([8, 7])(
    'is bound anew where user %i signs in, and its browser is told so',
    async (user) => {
      const { site, device } = await bound()
      const before = device.identifier
      await device.signIn(user)
      expect(await use(device.browser)).toEqual([String(user), 'alive', false])
      expect(await device.refresh()).toMatchObject({ status: 200, body: { continue: false } })
      expect((await device.bind(user)).status).toBe(200)
      expect(device.identifier.slice(0, 20)).toBe(before.slice(0, 20))
      expect(device.identifier).not.toBe(before)
      await goBy(site, device.browser, UNDER_WAY + 1)
      expect(await use(device.browser)).toEqual([String(user), 'alive', true])
    },
  )

  test('keeps its idle and absolute timeouts, and its limit', async () => {
    const { site, device } = await bound({
      maxAge: '1 hour',
      absoluteMaxAge: '2 hours',
      rolling: true,
    })
    const [{ expiresAt } = { expiresAt: new Date(0) }] = await sessionsOf(site, 7)
    expect(Math.abs(expiresAt.getTime() - Date.now() - 3_600_000)).toBeLessThan(5_000)
    await device.refresh()
    const after = (await sessionsOf(site, 7))[0]!.expiresAt
    expect(Math.abs(after.getTime() - expiresAt.getTime())).toBeLessThan(5)
    expect(await use(device.browser)).toEqual(['7', 'alive', true])
  })

  test('is the one of two cookies that its proof opens', async () => {
    const { site, device, thief } = await bound()
    const other = new Device(site.browser())
    await other.bind(8)
    await goBy(site, device.browser, UNDER_WAY + 1)
    await goBy(site, other.browser, UNDER_WAY + 1)
    const name = '__Host-session-id'
    const both = `${other.browser.cookie!}; ${name}=${device.browser.cookie!}`
    thief.cookies.set(name, both).set(PROOF, device.browser.cookies.get(PROOF)!)
    expect(await use(thief)).toEqual(['7', 'alive', true])
    thief.cookies.delete(PROOF)
    expect(await use(thief)).toEqual([undefined, 'unproven', false])
  })

  test('opens by its cookie alone where the option is left out', async () => {
    const given = { ...options(), prefix: `site-${Date.now()}` }
    const site = createBoundSite(given)
    const device = new Device(site.browser())
    await device.bind()
    await goBy(site, device.browser, REFRESH + UNDER_WAY)
    expect(await use(device.browser)).toEqual([undefined, 'unproven', false])
    const rolledBack = createBoundSite({ ...given, binding: undefined } as object)
    const browser = rolledBack.browser()
    for (const [name, value] of device.browser.cookies) browser.cookies.set(name, value)
    expect((await browser.visit((session) => session.get('user_id'))).value.user_id).toBe('7')
    expect((await browser.visit((session) => session.signIn({ user_id: 8 }))).status).toBe(204)
    expect(await sessionsOf(rolledBack, 8)).toMatchObject([{ bound: false }])
  })
})

/** What a page sees that reads the session. */
async function use(browser: Browser): Promise<unknown> {
  const { value, setCookies } = await browser.visit(async (session) => {
    const { user_id } = await session.get()
    return [user_id, session.state, session.bound]
  })
  return setCookies.length === 0 ? value : setCookies
}
