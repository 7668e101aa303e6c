import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createId } from '../../../src/store/token.js'
import {
  createBoundSite,
  createKey,
  createRsaKey,
  Device,
  forgeJwt,
  offerIn,
  olderChallenge,
  PROOF,
  sessionsOf,
  signJwt,
} from '../../support/device.js'
import { STORES } from '../../support/http-app.js'

const REGISTER = '/device-session/register'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each(STORES)('registration, in %s', (_, options) => {
  test('is offered by each way to sign in, and by nothing else', async () => {
    const { browser } = createBoundSite(options())
    const offered = async (
      page: Parameters<ReturnType<typeof browser>['visit']>[0],
      of = browser(),
    ) => offerIn((await of.visit(page)).headers).path
    expect(await offered((session) => session.signIn({ user_id: 7 }))).toBe(REGISTER)
    expect(await offered((session) => session.set({ user_id: 7 }))).toBe(REGISTER)
    for (const page of [
      (session) => session.get(),
      (session) => session.set({ ip: '::1', name: 'x' }),
      (session) => session.regenerate(),
      () => undefined,
    ] satisfies Parameters<ReturnType<typeof browser>['visit']>[0][]) {
      expect(await offered(page)).toBe('')
    }
    // A session of which nobody is signed in becomes one of somebody.
    const visitor = browser()
    expect(await offered((session) => session.set({ name: 'x' }), visitor)).toBe('')
    expect(await offered((session) => session.signIn({ user_id: 7 }), visitor)).toBe(REGISTER)
    expect(await offered((session) => session.set({ user_id: 7 }), visitor)).toBe('')
    expect(await offered((session) => session.set({ user_id: 8 }), visitor)).toBe(REGISTER)
  })

  test.each([
    ['ES256', createKey],
    ['RS256', createRsaKey],
  ])('with %s binds the session, and sends its instructions', async (_alg, create) => {
    const { Session, browser } = createBoundSite(options(), { exclude: ['/static'] })
    const device = new Device(browser())
    const answer = await device.register(await device.signIn(), create())
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body).toEqual({
      session_identifier: expect.stringMatching(/^[\w-]{20}\.[\w-]{8}$/),
      refresh_url: '/device-session/refresh',
      allowed_refresh_initiators: ['*'],
      scope: {
        include_site: false,
        scope_specification: [{ type: 'exclude', domain: '*', path: '/static' }],
      },
      credentials: [
        {
          type: 'cookie',
          name: PROOF,
          attributes: 'Path=/; Secure; HttpOnly; SameSite=lax',
        },
      ],
    })
    const [cookie] = answer.headers['set-cookie'] as unknown as string[]
    expect(cookie).toMatch(
      new RegExp(
        `^${PROOF}=\\d+\\.[\\w-]{22}; Max-Age=(5[89]\\d|600); Path=/; Secure; HttpOnly; SameSite=lax$`,
      ),
    )
    const { value, status } = await device.browser.visit(async (session) => [
      session.bound,
      (await session.get()).user_id,
      session.bound,
    ])
    expect([status, value]).toEqual([204, [false, '7', true]])
    const [found] = await sessionsOf({ Session }, 7)
    expect(found?.bound).toBe(true)
    expect(JSON.stringify(await Session.store.get(found!.id))).not.toMatch(/\$|"x"/)
  })

  test('is not needed: the session works without it', async () => {
    const { Session, browser } = createBoundSite(options())
    const device = new Device(browser())
    await device.signIn()
    const { value } = await device.browser.visit(async (session) => {
      const { user_id } = await session.get()
      await session.set({ name: 'x' })
      return [user_id, session.bound, session.state]
    })
    expect(value).toEqual(['7', false, 'alive'])
    expect((await sessionsOf({ Session }, 7))[0]?.bound).toBe(false)
  })

  test('that is sent twice binds once, with the same proof', async () => {
    const { browser } = createBoundSite(options())
    const device = new Device(browser())
    const jwt = signJwt(device.key, await device.signIn())
    await device.send(REGISTER, jwt)
    const proof = device.browser.cookies.get(PROOF)
    expect((await device.send(REGISTER, jwt)).status).toBe(200)
    expect(device.browser.cookies.get(PROOF)).toBe(proof)
  })

  describe('is refused, and changes nothing', () => {
    const refusedWith = async (
      status: number,
      jwtOf: (device: Device, challenge: string) => string | Promise<string>,
    ): Promise<void> => {
      const { Session, browser } = createBoundSite(options())
      const device = new Device(browser())
      const challenge = await device.signIn()
      const answer = await device.send(REGISTER, await jwtOf(device, challenge))
      expect(answer.status).toBe(status)
      expect(answer.headers['set-cookie']).toBeUndefined()
      const [found] = await sessionsOf({ Session }, 7)
      expect(found?.bound).toBe(false)
      const { value } = await device.browser.visit((session) => session.get('user_id'))
      expect(value.user_id).toBe('7')
    }

    test.each<[string, (device: Device, challenge: string) => string]>([
      ['alg none', ({ key }, challenge) => forgeJwt(key, challenge, 'none')],
      ['HS256 with the public key', ({ key }, challenge) => forgeJwt(key, challenge, 'HS256')],
      ['a key of another curve', (_device, challenge) => signJwt(createKey('P-384'), challenge)],
      [
        'another key than it names',
        ({ key }, challenge) => {
          const jwk = createKey().publicKey.export({ format: 'jwk' })
          return signJwt(key, challenge, { header: { jwk } })
        },
      ],
      ['no key', ({ key }, challenge) => signJwt(key, challenge, { withKey: false })],
      [
        'a key that is no object',
        ({ key }, challenge) => signJwt(key, challenge, { header: { jwk: 'x' } }),
      ],
      [
        'a key without its point',
        ({ key }, challenge) =>
          signJwt(key, challenge, { header: { jwk: { kty: 'EC', crv: 'P-256' } } }),
      ],
      [
        'an RSA key for ES256',
        ({ key }, challenge) =>
          signJwt(key, challenge, {
            header: { jwk: createRsaKey().publicKey.export({ format: 'jwk' }) },
          }),
      ],
      ['another type', ({ key }, challenge) => signJwt(key, challenge, { header: { typ: 'JWT' } })],
      ['no type', ({ key }, challenge) => signJwt(key, challenge, { header: { typ: undefined } })],
      ['no challenge', ({ key }) => signJwt(key, undefined)],
      ['a challenge that is no string', ({ key }) => signJwt(key, { a: 1 })],
      [
        'a changed payload',
        ({ key }, challenge) => {
          const [head, , signature] = signJwt(key, challenge).split('.')
          const payload = Buffer.from(JSON.stringify({ jti: challenge, a: 1 })).toString(
            'base64url',
          )
          return `${head}.${payload}.${signature}`
        },
      ],
      [
        'an unknown critical header',
        ({ key }, challenge) => signJwt(key, challenge, { header: { crit: ['x'], x: 1 } }),
      ],
      ['two parts', () => 'a.b'],
      ['rubbish', () => '!!!'],
      ['nothing', () => ''],
      ['parts that are no JSON', () => 'YQ.YQ.YQ'],
      [
        'more than a browser sends',
        ({ key }, challenge) => signJwt(key, challenge, { payload: { more: 'x'.repeat(6000) } }),
      ],
    ])('400 for a JWT with %s', async (_what, jwtOf) => refusedWith(400, jwtOf))

    test.each<[string, (challenge: string, device: Device) => string | Promise<string>]>([
      ['of nobody', () => `${Date.now()}.${'A'.repeat(22)}`],
      ['with a later time', (challenge) => challenge.replace(/^\d/, '9')],
      ['without a time', (challenge) => challenge.slice(challenge.indexOf('.'))],
      ['with more', (challenge) => `${challenge}x`],
      ['that is empty', () => ''],
      ['that is the cookie', (_challenge, { browser }) => browser.cookie!],
      [
        'that is the secret',
        (_challenge, { browser }) => `${Date.now()}.${browser.cookie!.slice(21, 43)}`,
      ],
    ])('403 for a challenge %s', async (_what, challengeOf) =>
      refusedWith(403, async (device, challenge) =>
        signJwt(device.key, await challengeOf(challenge, device)),
      ),
    )

    test('403 for another session’s challenge, and for an old one', async () => {
      const site = createBoundSite(options())
      const device = new Device(site.browser())
      const other = await new Device(site.browser()).signIn(8)
      const own = await device.signIn()
      expect((await device.register(other)).status).toBe(403)
      const old = await olderChallenge(site, device.browser, own, 61_000)
      expect((await device.register(old)).status).toBe(403)
      expect((await sessionsOf(site, 7))[0]?.bound).toBe(false)
    })

    test('403 for a second key', async () => {
      const { browser } = createBoundSite(options())
      const device = new Device(browser())
      const challenge = await device.signIn()
      const thief = new Device(device.browser.copy())
      expect((await device.register(challenge)).status).toBe(200)
      expect((await thief.register(challenge)).status).toBe(403)
      expect(thief.browser.cookies.has(PROOF)).toBe(false)
    })

    test('401 without a cookie that opens a session', async () => {
      const { browser } = createBoundSite(options())
      const device = new Device(browser())
      const challenge = await device.signIn()
      const { cookies } = device.browser
      const name = '__Host-session-id'
      const cookie = cookies.get(name)!
      for (const other of [
        undefined,
        'rubbish',
        `${cookie}x`,
        `${createId()}.${cookie.slice(21)}`,
      ]) {
        cookies.delete(name)
        if (other !== undefined) cookies.set(name, other)
        expect((await device.register(challenge)).status).toBe(401)
      }
      cookies.set(name, cookie)
      await device.browser.copy().visit((session) => session.get())
      expect((await device.register(challenge)).status).toBe(200)
    })

    test('401 with a superseded cookie, and 403 after somebody else has signed in', async () => {
      const { browser } = createBoundSite(options())
      const device = new Device(browser())
      const challenge = await device.signIn()
      const before = device.browser.cookies.get('__Host-session-id')!
      await device.browser.visit((session) => session.signIn({ user_id: 8 }))
      expect((await device.register(challenge)).status).toBe(403)
      device.browser.cookies.set('__Host-session-id', before)
      expect((await device.register(challenge)).status).toBe(401)
    })
  })
})
