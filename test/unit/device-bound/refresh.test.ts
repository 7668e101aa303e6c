import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  createBoundSite,
  createKey,
  Device,
  forgeJwt,
  goBy,
  olderChallenge,
  PROOF,
  signJwt,
} from '../../support/device.js'
import { STORES } from '../../support/http-app.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const CHALLENGE = /^"\d+\.[\w-]{22}";id="[\w-]{20}\.[\w-]{8}"$/

describe.each(STORES)('refresh, in %s', (_, options) => {
  const bound = async () => {
    const site = createBoundSite(options())
    const device = new Device(site.browser())
    await device.bind()
    return { site, device }
  }

  test('needs no cookies: from another site’s link they do not come', async () => {
    const { device } = await bound()
    const { cookies } = device.browser
    const kept = new Map(cookies)
    cookies.clear()
    const answer = await device.refresh()
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      session_identifier: device.identifier,
      allowed_refresh_initiators: ['*'],
    })
    expect([...cookies.keys()]).toEqual([PROOF])
    cookies.set('__Host-session-id', kept.get('__Host-session-id')!)
    expect((await device.browser.visit((session) => session.get())).value['user_id']).toBe('7')
  })

  test('sends one proof for one challenge, whoever asks, and never a longer one', async () => {
    const { site, device } = await bound()
    const challenge = await device.challenge()
    await device.answer(challenge)
    const proof = device.browser.cookies.get(PROOF)
    const later = await olderChallenge(site, device.browser, challenge, 30_000)
    await device.answer(challenge)
    expect(device.browser.cookies.get(PROOF)).toBe(proof)
    // In Redis a challenge that was made 30 s before stands for time that goes by.
    await device.answer(later)
    const until = Number(device.browser.cookies.get(PROOF)!.split('.')[0])
    expect(until).toBeLessThanOrEqual(Number(proof!.split('.')[0]))
  })

  test('lets the proof before it last for its own time', async () => {
    const { device } = await bound()
    const before = device.browser.cookies.get(PROOF)!
    await device.refresh()
    device.browser.cookies.set(PROOF, before)
    expect((await device.browser.visit((session) => session.get())).value['user_id']).toBe('7')
  })

  describe('asks again, with a new challenge, for what a browser with the key can mend', () => {
    test.each<[string, (device: Device, challenge: string) => string]>([
      ['rubbish', () => 'x'],
      ['no challenge', ({ key }) => signJwt(key, undefined, { withKey: false })],
      ['another challenge', ({ key }) => signJwt(key, `${Date.now()}.${'A'.repeat(22)}`)],
      ['another key', (_device, challenge) => signJwt(createKey(), challenge, { withKey: false })],
      ['another key, which it names', (_device, challenge) => signJwt(createKey(), challenge)],
      ['alg none', ({ key }, challenge) => forgeJwt(key, challenge, 'none')],
      ['HS256 with the public key', ({ key }, challenge) => forgeJwt(key, challenge, 'HS256')],
      ['another type', ({ key }, challenge) => signJwt(key, challenge, { header: { typ: 'JWT' } })],
      ['its proof', ({ key, browser }) => signJwt(key, browser.cookies.get(PROOF))],
      [
        'too much',
        ({ key }, challenge) => signJwt(key, challenge, { payload: { a: 'x'.repeat(6000) } }),
      ],
    ])('%s', async (_what, jwtOf) => {
      const { device } = await bound()
      const before = device.browser.cookies.get(PROOF)
      const jwt = jwtOf(device, await device.challenge())
      const answer = await device.send(device.refreshUrl, jwt, device.identifier)
      expect(answer.status).toBe(403)
      expect(answer.headers['secure-session-challenge']).toMatch(CHALLENGE)
      expect(answer.headers['set-cookie']).toBeUndefined()
      expect(device.browser.cookies.get(PROOF)).toBe(before)
      expect((await device.refresh()).status).toBe(200)
    })

    test('an old challenge, and one of another session', async () => {
      const { site, device } = await bound()
      const other = new Device(site.browser())
      await other.bind(8)
      expect((await device.answer(await other.challenge())).status).toBe(403)
      const old = await olderChallenge(site, device.browser, await device.challenge(), 61_000)
      expect((await device.answer(old)).status).toBe(403)
    })

    test('nothing signed', async () => {
      const { device } = await bound()
      const asked = await device.browser.post(device.refreshUrl, {
        'sec-secure-session-id': `"${device.identifier}"`,
      })
      expect(asked.status).toBe(403)
      expect(asked.headers['secure-session-challenge']).toMatch(CHALLENGE)
      expect(asked.headers['cache-control']).toBe('no-store')
    })
  })

  test.each([undefined, '', '""', 'x', '"x"', `"${'A'.repeat(20)}"`, `"${'A'.repeat(5000)}"`])(
    'is refused without a session that it names: %s',
    async (id) => {
      const { device } = await bound()
      const headers: Record<string, string> =
        id === undefined ? {} : { 'sec-secure-session-id': id }
      const answer = await device.browser.post(device.refreshUrl, headers)
      expect([answer.status, answer.headers['secure-session-challenge']]).toEqual([403, undefined])
    },
  )

  test.each<[string, (device: Device) => Promise<unknown>]>([
    ['ended', (device) => device.browser.visit((session) => session.delete())],
    ['is another user’s', (device) => device.signIn(8)],
    [
      'never was',
      async (device) => {
        device.identifier = `${'A'.repeat(20)}.${'A'.repeat(8)}`
      },
    ],
    [
      'has another binding',
      async (device) => {
        device.identifier = device.identifier.replace(/.{8}$/, 'AAAAAAAA')
      },
    ],
  ])('ends the browser’s own session where ours %s', async (_what, change) => {
    const { device } = await bound()
    const challenge = await device.challenge()
    await change(device)
    const answer = await device.answer(challenge)
    expect([answer.status, answer.body]).toEqual([200, { continue: false }])
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  test('does not lengthen the session', async () => {
    const { site, device } = await bound()
    await goBy(site, device.browser, 60_000)
    const before = await site.Session.store.get(device.identifier.slice(0, 20))
    await device.refresh()
    expect(await site.Session.store.get(device.identifier.slice(0, 20))).toEqual(before)
  })
})
