/** A logout token ends the sessions of its login or user, once, and check() refuses logins that have ended. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SessionEvents } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import { STORES } from '../../support/http-app.js'
import {
  createEndpoint,
  createLogoutSite,
  createProvider,
  type IdToken,
  type LogoutProvider,
  type LogoutSite,
  seconds,
  signedIn,
} from '../../support/logout-provider.js'

const REVOKED = { code: 'ERR_SESSION_REVOKED', status: 401 }

let provider: LogoutProvider
beforeAll(async () => {
  provider = await createProvider()
})

describe.each(STORES)('on %s', (_, store) => {
  const site = (options = {}) => createLogoutSite(provider, { ...store(), ...options })

  test('ends the sessions of a login, and no other', async () => {
    const app = site()
    const ann = await signedIn(app, provider.login())
    const again = await signedIn(app, provider.login())
    const phone = await signedIn(app, provider.login({ sid: 'login-2' }))
    const bob = await signedIn(app, provider.login({ sub: 'bob', sid: 'login-3' }))
    expect(await app.post(await provider.sign())).toBe(200)
    expect(await Promise.all([ann, again, phone, bob].map((one) => one.whoIs()))).toEqual([
      undefined,
      undefined,
      'ann',
      'bob',
    ])
    expect(app.errors).toEqual([])
  })

  test('ends all sessions of a user where the token names no login', async () => {
    const app = site()
    const ann = await signedIn(app, provider.login())
    const phone = await signedIn(app, provider.login({ sid: undefined }))
    const bob = await signedIn(app, provider.login({ sub: 'bob', sid: 'login-3' }))
    expect(await app.post(await provider.sign({ sid: undefined }))).toBe(200)
    expect(await Promise.all([ann, phone, bob].map((one) => one.whoIs()))).toEqual([
      undefined,
      undefined,
      'bob',
    ])
  })

  test('ends a login by sid alone; a login that nobody has is ended as well', async () => {
    const app = site()
    const ann = await signedIn(app, provider.login())
    expect(await app.post(await provider.sign({ sub: undefined, sid: 'nobody' }))).toBe(200)
    expect(await ann.whoIs()).toBe('ann')
    expect(await app.post(await provider.sign({ sub: undefined }))).toBe(200)
    expect(await ann.whoIs()).toBeUndefined()
  })

  test('an open stream is told, and who ended it is on record', async () => {
    const app = site()
    const ann = await signedIn(app, provider.login())
    const events: SessionEvents['ended'][] = []
    const listener = (message: unknown) => events.push(message as SessionEvents['ended'])
    subscribe('koa-redis-session-sets:ended', listener)
    onTestFinished(() => void unsubscribe('koa-redis-session-sets:ended', listener))
    // The response is still open.
    const { value: reason } = await ann.browser.visit(async ({ signal }) => {
      const told = new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
      })
      expect(await app.post(await provider.sign())).toBe(200)
      return told
    })
    expect(reason).toMatchObject({ code: 'ERR_SESSION_REVOKED', reason: 'provider' })
    expect(events).toMatchObject([{ by: 'provider', reason: 'provider' }])
    await app.Session.close()
  })

  test('a token counts once, also for a login of later', async () => {
    const app = site()
    const token = await provider.sign({ sid: undefined })
    expect(await app.post(token)).toBe(200)
    const ann = await signedIn(app, provider.login({ iat: seconds(60) }))
    expect(await app.post(token)).toBe(400)
    expect(await ann.whoIs()).toBe('ann')
    // It is the provider's own second try, or somebody who plays it again: nothing to tell.
    expect(app.errors).toEqual([])
    expect(await app.post(await provider.sign({ sid: undefined }))).toBe(200)
    expect(await ann.whoIs()).toBeUndefined()
  })

  test('the same token twice at a time is harmless', async () => {
    const app = site()
    const ann = await signedIn(app, provider.login())
    const token = await provider.sign()
    const statuses = await Promise.all([app.post(token), app.post(token), app.post(token)])
    expect(statuses).toContain(200)
    expect(statuses.filter((status) => status !== 200 && status !== 400)).toEqual([])
    expect(await ann.whoIs()).toBeUndefined()
    expect(await app.post(token)).toBe(400)
  })

  test('no cookie opens what keeps a jti, and it has no session of its own to list', async () => {
    const app = site({ emptyMaxAge: 1 })
    const token = await provider.sign()
    expect(await app.post(token)).toBe(200)
    // Kept longer than a session without fields.
    expect(await app.post(token)).toBe(400)
    expect(await app.Session.count('oidc_sub', 'ann')).toBe(0)
  })

  describe('two issuers', () => {
    test('each ends its own logins, though sid and sub are the same', async () => {
      const other = await createProvider('https://other.example')
      const app = site()
      const { logout, post } = createEndpoint(app, other, { jwks: other.jwks })
      const ann = await signedIn(app, provider.login())
      const namesake = await signedIn({ ...app, logout }, other.login())
      // A token of one at the endpoint of the other.
      expect(await post(await provider.sign())).toBe(400)
      expect(await app.post(await other.sign())).toBe(400)
      // Signed by one, in the name of the other.
      expect(await app.post(await other.sign({ iss: provider.issuer }))).toBe(400)
      expect([await ann.whoIs(), await namesake.whoIs()]).toEqual(['ann', 'ann'])

      expect(await post(await other.sign())).toBe(200)
      expect([await ann.whoIs(), await namesake.whoIs()]).toEqual(['ann', undefined])
      expect(await app.post(await provider.sign({ sid: undefined }))).toBe(200)
      expect(await ann.whoIs()).toBeUndefined()
    })

    test('a jti of one is not one of the other', async () => {
      const other = await createProvider('https://other.example')
      const app = site()
      const { post } = createEndpoint(app, other, { jwks: other.jwks })
      expect(await app.post(await provider.sign({ jti: 'same' }))).toBe(200)
      expect(await post(await other.sign({ jti: 'same' }))).toBe(200)
      expect(await app.post(await provider.sign({ jti: 'same' }))).toBe(400)
    })
  })

  describe.each([false, true])('check(), with adopt %s', (adopts) => {
    const checked = (options = {}) =>
      site({ ...options, ...(adopts && { adopt: () => undefined }) })
    const check = (app: LogoutSite, login: IdToken) => app.logout.check(login)

    test('refuses a login whose sid was ended, and no other', async () => {
      const app = checked()
      await check(app, provider.login())
      expect(await app.post(await provider.sign())).toBe(200)
      await expect(check(app, provider.login())).rejects.toMatchObject(REVOKED)
      await expect(check(app, provider.login({ iat: seconds(3600) }))).rejects.toMatchObject(
        REVOKED,
      )
      await check(app, provider.login({ sid: 'login-2' }))
      await check(app, provider.login({ sid: undefined }))
    })

    test('refuses a login from before the logout of its user, and none from after', async () => {
      const app = checked()
      await check(app, provider.login())
      expect(await app.post(await provider.sign({ sid: undefined }))).toBe(200)
      for (const login of [
        { iat: seconds(-1) },
        { iat: seconds(-60), sid: 'login-2' },
        { iat: seconds(-60), sid: undefined },
        // Fetched after the logout, but signed in before it.
        { iat: seconds(60), auth_time: seconds(-60) },
        // Clocks differ: as old as the logout.
        { iat: seconds(3) },
        { iat: undefined },
      ]) {
        await expect(check(app, provider.login(login))).rejects.toMatchObject(REVOKED)
      }
      await check(app, provider.login({ iat: seconds(10) }))
      await check(app, provider.login({ iat: seconds(11), auth_time: seconds(10) }))
      await check(app, provider.login({ sub: 'bob', sid: 'login-3', iat: seconds(-60) }))
    })

    test('what came between check and signIn is not overtaken', async () => {
      const app = checked()
      for (const changes of [{}, { sid: undefined }]) {
        const browser = app.browser()
        const login = provider.login({ sid: `between-${Object.keys(changes).length}` })
        const { error } = await browser.visit(async (session) => {
          const values = await check(app, login)
          expect(await app.post(await provider.sign({ sid: login.sid, ...changes }))).toBe(200)
          await session.signIn({ user_id: 'ann', ...values })
        })
        expect(error).toMatchObject(REVOKED)
        expect(browser.cookies.size).toBe(0)
      }
    })

    test('a later login without sid does not keep the sid of the one before', async () => {
      const app = checked()
      const ann = await signedIn(app, provider.login())
      const { error } = await ann.browser.visit(async (session) => {
        const values = await check(app, provider.login({ sid: undefined }))
        expect(values.oidc_sid).toBeNull()
        await session.signIn({ user_id: 'ann', ...values })
      })
      expect(error).toBeUndefined()
      expect(await app.post(await provider.sign())).toBe(200)
      expect(await ann.whoIs()).toBe('ann')
      expect(await app.post(await provider.sign({ sid: undefined }))).toBe(200)
      expect(await ann.whoIs()).toBeUndefined()
    })
  })
})

test.each([false, true])(
  'a logout of more than an hour ago is over, with adopt %s',
  async (adopts) => {
    const adopt = () => undefined
    const app = createLogoutSite(provider, { client: redis(), ...(adopts && { adopt }) })
    const login = provider.login({ iat: seconds(-7200) })
    const values = await app.logout.check(login)
    await app.post(await provider.sign())
    await app.post(await provider.sign({ sid: undefined }))
    await expect(app.logout.check(login)).rejects.toMatchObject(REVOKED)
    for (const [field, value] of Object.entries(values)) {
      const key = `${app.Session.getReferenceKey(field, value!)}:revoked`
      const day = 24 * 3_600_000
      expect((await redis().pttl(key)) > day).toBe(adopts)
      const time = Number(await redis().get(key)) - 3_600_000_000 - 1_000_000
      await redis().set(key, String(time), 'KEEPTTL')
    }
    expect(await app.logout.check(login)).toEqual(values)
  },
)

test('the references hold digests, never what the provider sent', async () => {
  const app = createLogoutSite(provider)
  const { oidc_sid: ofLogin, oidc_sub: ofUser } = await app.logout.check(provider.login())
  expect(ofLogin).toMatch(/^[\w-]{43}$/)
  expect(ofUser).toMatch(/^[\w-]{43}$/)
  // A sid that is somebody's sub.
  const same = await app.logout.check(provider.login({ sid: 'ann' }))
  expect(same.oidc_sid).not.toBe(ofUser)
})

test.each<[string, Record<string, unknown>, string]>([
  ['another issuer', { iss: 'https://other.example' }, 'issuer'],
  ['an issuer with a slash', { iss: 'https://provider.example/' }, 'a slash at the end differs'],
  ['another client', { aud: 'another' }, 'clientId'],
  ['no audience', { aud: undefined }, 'clientId'],
  ['no subject', { sub: undefined }, 'openid'],
  ['a sid that is no string', { sid: 7 }, '"sid"'],
])('check() refuses claims of %s by name', async (_, changes, name) => {
  const { logout } = createLogoutSite(provider)
  const refused = expect(logout.check(provider.login(changes))).rejects
  await refused.toMatchObject({
    code: 'ERR_SESSION_OPTIONS',
    message: expect.stringContaining(name),
  })
})

test('check() takes an audience of several, and refuses where there is no ID token', async () => {
  const { logout } = createLogoutSite(provider)
  await logout.check(provider.login({ aud: ['another', 'app'] }))
  await expect(logout.check(undefined)).rejects.toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
})
