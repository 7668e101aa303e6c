/** An identity provider as far as back-channel logout needs one: keys, where they are published, and tokens. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import Koa from 'koa'
import request from 'supertest'
import { expect, onTestFinished } from 'vitest'
import {
  backChannelLogout,
  type BackChannelLogoutOptions,
} from '../../src/back-channel-logout/index.js'
import type { SessionOptions } from '../../src/index.js'
import { createId } from '../../src/store/token.js'
import { createSite, type Site } from './http-app.js'

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
export const CLIENT_ID = 'app'

/** Changes of a token's claims and header; `undefined` leaves one out. */
export interface TokenChanges {
  readonly [claim: string]: unknown
  readonly header?: Readonly<Record<string, unknown>>
}

export interface LogoutProvider {
  readonly issuer: string
  readonly jwks: { keys: JWK[] }
  /** A valid logout token, with changes. */
  sign(changes?: TokenChanges): Promise<string>
  /** Signs with a new key from now on; the key set is up to the test. */
  rotate(): Promise<void>
  /** An ID token's claims. */
  login(changes?: Readonly<Record<string, unknown>>): IdToken
}

export interface IdToken {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly sid?: string
  readonly iat: number
}

export const seconds = (offset = 0): number => Math.floor(Date.now() / 1000) + offset

function without(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

export async function createProvider(
  issuer = 'https://provider.example',
  alg = 'ES256',
): Promise<LogoutProvider> {
  const jwks: { keys: JWK[] } = { keys: [] }
  let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
  let kid: string
  const rotate = async () => {
    const pair = await generateKeyPair(alg)
    kid = createId()
    privateKey = pair.privateKey
    jwks.keys = [{ ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' }]
  }
  await rotate()
  return {
    issuer,
    jwks,
    rotate,
    login: (changes = {}) =>
      without({
        iss: issuer,
        aud: CLIENT_ID,
        sub: 'ann',
        sid: 'login-1',
        iat: seconds(),
        ...changes,
      }) as unknown as IdToken,
    async sign({ header = {}, ...changes } = {}) {
      const claims = {
        iss: issuer,
        aud: CLIENT_ID,
        iat: seconds(),
        exp: seconds(120),
        jti: createId(),
        events: { [LOGOUT_EVENT]: {} },
        sub: 'ann',
        sid: 'login-1',
        ...changes,
      }
      const protectedHeader = without({ alg, kid, typ: 'logout+jwt', ...header })
      return new SignJWT(without(claims))
        .setProtectedHeader(protectedHeader as { alg: string })
        .sign(privateKey)
    },
  }
}

export interface LogoutSite extends Site {
  readonly logout: ReturnType<typeof backChannelLogout<undefined, 'oidc_sid', 'oidc_sub'>>
  /** Errors that the endpoint's application emitted. */
  readonly errors: (Error & { code?: string })[]
  /** The middleware alone, as an application. */
  readonly endpoint: Koa
  /** Sends a logout token; resolves to the status. */
  post(token: string): Promise<number>
}

export const REFERENCES = {
  user_id: {},
  oidc_sid: { rotate: false },
  oidc_sub: { rotate: false },
}

type Options = Omit<BackChannelLogoutOptions<'oidc_sid', 'oidc_sub'>, 'login' | 'user'>

/** A site whose users a provider signs out. */
export function createLogoutSite(
  provider: LogoutProvider,
  options: Partial<SessionOptions> = {},
  own: Partial<Options> = { jwks: provider.jwks },
): LogoutSite {
  const site = createSite({ ...options, references: REFERENCES })
  return { ...site, ...createEndpoint(site, provider, own) }
}

/** The endpoint of one more provider. */
export function createEndpoint(
  { Session }: Pick<Site, 'Session'>,
  { issuer }: LogoutProvider,
  own: Partial<Options>,
): Pick<LogoutSite, 'logout' | 'errors' | 'endpoint' | 'post'> {
  const logout = backChannelLogout(Session, {
    issuer,
    clientId: CLIENT_ID,
    login: 'oidc_sid',
    user: 'oidc_sub',
    ...own,
  })
  const endpoint = new Koa()
  const errors: Error[] = []
  endpoint.on('error', (error: Error) => errors.push(error))
  endpoint.use(logout)
  const callback = endpoint.callback()
  return {
    logout,
    errors,
    endpoint,
    async post(token) {
      const answer = await request(callback).post('/').type('form').send({ logout_token: token })
      return answer.status
    },
  }
}

/** A visitor who signed in with the provider, as the application's callback does it. */
export async function signedIn(site: LogoutSite, claims: IdToken) {
  const browser = site.browser()
  const { error } = await browser.visit(async (session) => {
    const values = await site.logout.check(claims)
    await session.signIn({ user_id: claims.sub, ...values })
  })
  if (error !== undefined) throw error
  return {
    browser,
    /** Who it is, to the application. */
    whoIs: async () => {
      const { value } = await browser.visit((session) => session.peek(['user_id']))
      return value['user_id']
    },
  }
}

/** A provider ends a login before its callback has signed anybody in. */
export async function logOutBetween(options: Partial<SessionOptions>): Promise<void> {
  const provider = await createProvider()
  const { logout, post } = createLogoutSite(provider, options)
  await post(await provider.sign())
  await expect(logout.check(provider.login())).rejects.toMatchObject({
    code: 'ERR_SESSION_REVOKED',
  })
}

/** A server that answers as a test says; resolves to its address. */
export async function listen(answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server.close(), 'close')
    server.closeAllConnections()
    await closed
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`)
}
