/** Whatever is no valid logout token is refused with 400, and changes nothing. */
import { createHmac } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { STORES } from '../../support/http-app.js'
import {
  createLogoutSite,
  createProvider,
  LOGOUT_EVENT,
  type LogoutProvider,
  type LogoutSite,
  seconds,
  signedIn,
  type TokenChanges,
} from '../../support/logout-provider.js'

let provider: LogoutProvider
let stranger: LogoutProvider
beforeAll(async () => {
  provider = await createProvider()
  stranger = await createProvider()
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token whose parts a stranger wrote. */
async function forge(header: object, sign: (input: string) => string = () => '') {
  const [, payload] = (await provider.sign()).split('.')
  const input = `${encode({ typ: 'logout+jwt', ...header })}.${payload}`
  return `${input}.${sign(input)}`
}

/** Signed with the public key as if that were a secret. */
async function byPublicKey() {
  const [jwk] = provider.jwks.keys
  const { kid } = jwk!
  const secret = Buffer.from(JSON.stringify(jwk))
  return forge({ alg: 'HS256', kid }, (input) =>
    createHmac('sha256', secret).update(input).digest('base64url'),
  )
}

async function tampered() {
  const [header, , signature] = (await provider.sign()).split('.')
  const [, payload] = (await provider.sign({ sub: 'bob' })).split('.')
  return `${header}.${payload}.${signature}`
}

/** What the provider has not signed: nothing is told, as strangers send it. */
const FORGED: [string, () => Promise<string>][] = [
  ['nothing', async () => ''],
  ['no JWT', async () => 'logout'],
  ['no JSON', async () => 'bG9n.b3V0.AA'],
  ['five parts, encrypted', async () => `${await provider.sign()}.AA.AA`],
  ['no signature, alg none', () => forge({ alg: 'none' })],
  ['no algorithm', () => forge({})],
  ['HS256 with the public key', byPublicKey],
  ['other claims than those that were signed', tampered],
  ['no signature', async () => (await provider.sign()).replace(/[^.]+$/, '')],
  ["a stranger's key", () => stranger.sign()],
  [
    "a stranger's key of the same name",
    async () => {
      const { kid } = provider.jwks.keys[0]!
      return stranger.sign({ header: { kid } })
    },
  ],
  ['an algorithm that is not that of the key', () => forge({ alg: 'RS256' }, () => 'AA')],
  ['a critical header that nobody knows', () => forge({ alg: 'ES256', crit: ['x'], x: 1 })],
  [
    'a key that it brings along',
    async () => {
      const jwk = stranger.jwks.keys[0]
      return stranger.sign({ header: { jwk, kid: undefined } })
    },
  ],
]

/** What the provider has signed, and is no logout token of now for this application. */
const SIGNED: [string, TokenChanges][] = [
  ['another issuer', { iss: 'https://other.example' }],
  ['an issuer with a slash', { iss: 'https://provider.example/' }],
  ['no issuer', { iss: undefined }],
  ['another audience', { aud: 'another' }],
  ['several other audiences', { aud: ['another', 'one more'] }],
  ['no audience', { aud: undefined }],
  ['no iat', { iat: undefined }],
  ['an iat that is no number', { iat: 'now' }],
  ['an iat too long ago', { iat: seconds(-631 - 30), exp: seconds(3600) }],
  ['an iat in the future', { iat: seconds(60) }],
  ['no exp', { exp: undefined }],
  ['an exp that is no number', { exp: 'soon' }],
  ['an exp in the past', { exp: seconds(-31) }],
  ['a time before which it must not be used', { nbf: seconds(60) }],
  ['no jti', { jti: undefined }],
  ['an empty jti', { jti: '' }],
  ['a jti that is no string', { jti: 7 }],
  ['no events', { events: undefined }],
  ['events that are null', { events: null }],
  ['events that are a list', { events: [LOGOUT_EVENT] }],
  ['events that are a string', { events: LOGOUT_EVENT }],
  ['no event', { events: {} }],
  ['another event', { events: { [`${LOGOUT_EVENT}/`]: {} } }],
  ['an event that is true', { events: { [LOGOUT_EVENT]: true } }],
  ['an event that is null', { events: { [LOGOUT_EVENT]: null } }],
  ['an event that is a list', { events: { [LOGOUT_EVENT]: [] } }],
  ['a nonce', { nonce: 'n' }],
  ['a nonce that is null', { nonce: null }],
  ['neither sid nor sub', { sid: undefined, sub: undefined }],
  ['an empty sid', { sid: '' }],
  ['a sid that is no string', { sid: 7 }],
  ['a sid that is null', { sid: null }],
  ['an empty sub', { sub: '', sid: undefined }],
  ['a sub that is no string', { sub: { id: 'ann' } }],
  ['the type of an access token', { header: { typ: 'at+jwt' } }],
  ['the type of a security event', { header: { typ: 'secevent+jwt' } }],
  ['a type that is no string', { header: { typ: 7 } }],
]

describe.each(STORES)('on %s', (_, store) => {
  let app: LogoutSite
  let ann: Awaited<ReturnType<typeof signedIn>>
  beforeEach(async () => {
    app = createLogoutSite(provider, store())
    ann = await signedIn(app, provider.login())
  })

  test.each(FORGED)('refuses %s', async (_title, forged) => {
    expect(await app.post(await forged())).toBe(400)
    expect(await ann.whoIs()).toBe('ann')
    await app.logout.check(provider.login())
    expect(app.errors).toEqual([])
  })

  test.each(SIGNED)('refuses %s, and tells the application', async (_title, changes) => {
    const token = await provider.sign(changes)
    expect(await app.post(token)).toBe(400)
    expect(await ann.whoIs()).toBe('ann')
    await app.logout.check(provider.login())
    expect(app.errors).toMatchObject([{ code: 'ERR_SESSION_OPTIONS' }])
    const { message } = app.errors[0]!
    for (const secret of [token, 'login-1', 'another']) expect(message).not.toContain(secret)
  })
})

test.each<[string, TokenChanges]>([
  ['no type', { header: { typ: undefined } }],
  ['the type of any JWT', { header: { typ: 'JWT' } }],
  ['its type in full', { header: { typ: 'application/Logout+JWT' } }],
  ['several audiences', { aud: ['another', 'app'] }],
  ['an event with members', { events: { [LOGOUT_EVENT]: { reason: 'x' } } }],
  ['further events', { events: { [LOGOUT_EVENT]: {}, 'urn:other': {} } }],
  ['further claims', { trace: { id: 1 } }],
  ['an exp of a moment ago', { exp: seconds(-5) }],
  ['an iat of ten minutes ago', { iat: seconds(-600), exp: seconds(60) }],
  ['an iat of a clock that is ahead', { iat: seconds(20) }],
])('accepts %s', async (_, changes) => {
  const app = createLogoutSite(provider)
  const ann = await signedIn(app, provider.login())
  expect(await app.post(await provider.sign(changes))).toBe(200)
  expect(await ann.whoIs()).toBeUndefined()
})

test.each(['RS256', 'PS384', 'ES512', 'EdDSA'])('accepts %s', async (alg) => {
  const other = await createProvider('https://provider.example', alg)
  const app = createLogoutSite(other)
  expect(await app.post(await other.sign())).toBe(200)
})

test('only the algorithms that are named, where they are', async () => {
  const { jwks } = provider
  const none = createLogoutSite(provider, {}, { jwks, algorithms: ['RS256'] })
  expect(await none.post(await provider.sign())).toBe(400)
  const some = createLogoutSite(provider, {}, { jwks, algorithms: ['RS256', 'ES256'] })
  expect(await some.post(await provider.sign())).toBe(200)
})

test('the age of tokens is for the application to say', async () => {
  const { jwks } = provider
  const app = createLogoutSite(provider, {}, { jwks, maxTokenAge: '1 hour' })
  const token = await provider.sign({ iat: seconds(-3500), exp: seconds(60) })
  expect(await app.post(token)).toBe(200)
  const strict = createLogoutSite(provider, {}, { jwks, maxTokenAge: '1 second' })
  expect(await strict.post(await provider.sign({ iat: seconds(-40) }))).toBe(400)
})

test('the forged tokens would be good with the right key', async () => {
  // Or the tests above prove nothing.
  const app = createLogoutSite(stranger)
  expect(await app.post(await stranger.sign())).toBe(200)
})
