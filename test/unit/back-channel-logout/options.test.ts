/** What cannot work is refused at the start, by name. */
import Koa from 'koa'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { backChannelLogout } from '../../../src/back-channel-logout/index.js'
import { field, MemoryStore, sessions, type SessionOptions } from '../../../src/index.js'
import { sessions as nodeSessions } from '../../../src/node/index.js'
import {
  createLogoutSite,
  createProvider,
  type LogoutProvider,
  REFERENCES,
} from '../../support/logout-provider.js'

let provider: LogoutProvider
beforeAll(async () => {
  provider = await createProvider()
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const JWKS_URI = 'https://provider.example/jwks'

function start(options: object, own: Partial<SessionOptions> = {}) {
  const store = new MemoryStore()
  const Session = sessions(new Koa(), { store, references: REFERENCES, ...own })
  return () =>
    backChannelLogout(Session, {
      issuer: 'https://provider.example',
      clientId: 'app',
      jwksUri: JWKS_URI,
      login: 'oidc_sid',
      user: 'oidc_sub',
      ...options,
    })
}

const wrong = (name: string) =>
  expect.objectContaining({
    code: 'ERR_SESSION_OPTIONS',
    message: expect.stringContaining(name),
  }) as Error

test.each<[string, object]>([
  ['issuer', { issuer: undefined }],
  ['issuer', { issuer: 'provider.example' }],
  ['issuer', { issuer: 'https://provider.example?a' }],
  ['issuer', { issuer: 'https://provider.example#a' }],
  ['issuer', { issuer: ['https://provider.example'] }],
  ['clientId', { clientId: undefined }],
  ['clientId', { clientId: '' }],
  ['jwksUri', { jwksUri: undefined }],
  ['jwksUri', { jwksUri: 'jwks' }],
  ['jwksUri', { jwksUri: 'file:///jwks' }],
  ['jwksUri, jwks', { jwks: { keys: [{ kty: 'EC' }] } }],
  ['jwks', { jwksUri: undefined, jwks: [] }],
  ['jwks', { jwksUri: undefined, jwks: { keys: [] } }],
  ['jwks', { jwksUri: undefined, jwks: { keys: ['x'] } }],
  ['public keys', { jwksUri: undefined, jwks: { keys: [{ kty: 'EC', d: 'x' }] } }],
  ['public keys', { jwksUri: undefined, jwks: { keys: [{ kty: 'oct', k: 'x' }] } }],
  ['algorithms', { algorithms: 'RS256' }],
  ['algorithms', { algorithms: [] }],
  ['algorithms', { algorithms: ['none'] }],
  ['algorithms', { algorithms: ['RS256', 'HS256'] }],
  ['maxTokenAge', { maxTokenAge: 'soon' }],
  ['maxTokenAge', { maxTokenAge: '61 minutes' }],
  ['login', { login: undefined }],
  ['login', { login: 'sid' }],
  ['login', { login: 'user_id' }],
  ['user', { user: undefined }],
  ['user', { user: 'sub' }],
  ['two references', { login: 'oidc_sid', user: 'oidc_sid' }],
  ['"jwksUrl"', { jwksUrl: JWKS_URI }],
])('refuses %s: %o', (name, options) => {
  expect(start(options)).toThrow(wrong(name))
})

test('says what a login that rotates would do, and how to switch it off', () => {
  expect(start({ login: 'user_id' })).toThrow(wrong('{ user_id: { rotate: false } }'))
})

test('refuses fields that cannot hold a digest', () => {
  const texts = { user_id: field.number(), oidc_sid: field.string(), oidc_sub: field.string() }
  expect(start({}, { fields: texts } as never)).not.toThrow()
  const fields = { ...texts, oidc_sub: field.number() }
  expect(start({}, { fields } as never)).toThrow(wrong('user'))
})

test('refuses tokens that are valid for longer than a session', () => {
  expect(start({}, { absoluteMaxAge: '10 minutes' })).toThrow(wrong('absoluteMaxAge'))
  expect(start({ maxTokenAge: '9 minutes' }, { absoluteMaxAge: '10 minutes' })).not.toThrow()
})

test('takes keys over http from this machine, and anywhere but in production', () => {
  const local = ['http://127.0.0.1:1/jwks', 'http://localhost/jwks', 'http://[::1]/jwks']
  const remote = ['http://provider.example/jwks', 'http://localhost.example/jwks']
  for (const jwksUri of [...local, ...remote]) expect(start({ jwksUri })).not.toThrow()
  vi.stubEnv('NODE_ENV', 'production')
  for (const jwksUri of local) expect(start({ jwksUri })).not.toThrow()
  for (const jwksUri of remote) expect(start({ jwksUri })).toThrow(wrong('https'))
})

test.each([undefined, null, {}, sessions, { store: {} }])('refuses %s as Session', (Session) => {
  const options = { issuer: 'https://provider.example', clientId: 'app', jwksUri: JWKS_URI }
  expect(() =>
    backChannelLogout(Session as never, { ...options, login: 'a' as never, user: 'b' as never }),
  ).toThrow(wrong('first argument'))
})

test.each([undefined, null, []])('refuses %s as options', (options) => {
  const { Session } = createLogoutSite(provider)
  expect(() => backChannelLogout(Session, options as never)).toThrow(wrong('second argument'))
})

test("takes the node add-on's Session", () => {
  const Session = nodeSessions({ store: new MemoryStore(), references: REFERENCES })
  const { issuer, jwks } = provider
  const own = { issuer, clientId: 'app', jwks, login: 'oidc_sid', user: 'oidc_sub' }
  expect(() => backChannelLogout(Session, own)).not.toThrow()
})
