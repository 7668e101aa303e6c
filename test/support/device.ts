/** A browser that binds its session to a device, or a thief who tries to. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Redis } from 'ioredis'
import { vi } from 'vitest'
import { type DeviceBoundOptions, deviceBound } from '../../src/device-bound/index.js'
import type { FoundSession, SessionOptions } from '../../src/index.js'
import { readTime, signTime } from '../../src/store/binding.js'
import { type Browser, createSite, type PostAnswer, type Site } from './http-app.js'

export const ES256 = 'ES256'

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export function createKey(curve = 'P-256'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: curve })
}

export function createRsaKey(): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT as browsers make it, but for what is given. */
export function signJwt(
  key: KeyPair,
  challenge: unknown,
  given: { header?: object; payload?: object; withKey?: boolean } = {},
): string {
  const { header, payload, withKey = true } = given
  const jwk = withKey ? { jwk: key.publicKey.export({ format: 'jwk' }) } : {}
  const alg = key.publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : ES256
  const head = { alg, typ: 'dbsc+jwt', ...jwk, ...header }
  const text = `${part(head)}.${part({ jti: challenge, ...payload })}`
  const signature = sign('sha256', Buffer.from(text), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${text}.${signature.toString('base64url')}`
}

/** A JWT without a signature, or with one that anybody can make who knows the public key. */
export function forgeJwt(key: KeyPair, challenge: string, alg: 'none' | 'HS256'): string {
  const jwk = key.publicKey.export({ format: 'jwk' })
  const text = `${part({ alg, typ: 'dbsc+jwt', jwk })}.${part({ jti: challenge })}`
  const secret = key.publicKey.export({ format: 'pem', type: 'spki' })
  const signature =
    alg === 'none' ? '' : createHmac('sha256', secret).update(text).digest('base64url')
  return `${text}.${signature}`
}

const HTTPS = { 'x-forwarded-proto': 'https', host: 'shop.example' }

export function createBoundSite(
  options: Partial<SessionOptions> = {},
  device: DeviceBoundOptions = {},
): Site {
  const site = createSite({ secure: true, binding: deviceBound(device), ...options })
  site.app.proxy = true
  const { browser } = site
  return {
    ...site,
    browser: () => {
      const one = browser()
      Object.assign(one.headers, HTTPS)
      return one
    },
  }
}

export interface Instructions {
  readonly session_identifier: string
  readonly refresh_url: string
}

/** The browser's side of the protocol. */
export class Device {
  readonly browser: Browser
  readonly key = createKey()
  identifier = ''
  refreshUrl = ''

  constructor(browser: Browser) {
    this.browser = browser
  }

  /** Signs in as a user, and returns the challenge that the response offers. */
  async signIn(user = 7): Promise<string> {
    const answer = await this.browser.visit((session) => session.signIn({ user_id: user }))
    return offerIn(answer.headers).challenge
  }

  /** Signs in, registers, and brings the first proof. */
  async bind(user = 7): Promise<PostAnswer> {
    const answer = await this.register(await this.signIn(user))
    await this.browser.visit((session) => session.peek([]))
    return answer
  }

  async register(challenge: string, key = this.key): Promise<PostAnswer> {
    return this.send('/device-session/register', signJwt(key, challenge))
  }

  async send(path: string, jwt: string, id?: string): Promise<PostAnswer> {
    const headers = { 'secure-session-response': jwt }
    const identified = id === undefined ? headers : { ...headers, 'sec-secure-session-id': id }
    const answer = await this.browser.post(path, identified)
    if (answer.status === 200) this.#follow(answer.body as Partial<Instructions>)
    return answer
  }

  #follow({
    session_identifier = this.identifier,
    refresh_url = this.refreshUrl,
  }: Partial<Instructions>): void {
    this.identifier = session_identifier
    this.refreshUrl = refresh_url
  }

  /** Asks for a challenge. */
  async challenge(): Promise<string> {
    const answer = await this.browser.post(this.refreshUrl, {
      'sec-secure-session-id': `"${this.identifier}"`,
    })
    return /^"([^"]+)"/.exec(answer.headers['secure-session-challenge'] ?? '')?.[1] ?? ''
  }

  /** Signs a challenge. */
  async answer(challenge: string, key = this.key): Promise<PostAnswer> {
    return this.send(
      this.refreshUrl,
      signJwt(key, challenge, { withKey: false }),
      `"${this.identifier}"`,
    )
  }

  async refresh(): Promise<PostAnswer> {
    return this.answer(await this.challenge())
  }
}

/** What a `Secure-Session-Registration` header offers. */
export function offerIn(headers: Readonly<Record<string, string | undefined>>): {
  path: string
  challenge: string
} {
  const header = headers['secure-session-registration'] ?? ''
  const [, path = '', challenge = ''] =
    /^\(ES256 RS256\);path="([^"]+)";challenge="([^"]+)"$/.exec(header) ?? []
  return { path, challenge }
}

/** The name of the cookie that carries the proof. */
export const PROOF = '__Host-session-id-proof'

/**
 * Lets time go by for a bound session and its proof: in memory by the clock; in Redis, whose clock nobody can set, by
 * making both older.
 */
export async function goBy({ Session }: Site, browser: Browser, ms: number): Promise<void> {
  const redis = Session.store.client as Redis | undefined
  if (redis === undefined) {
    vi.setSystemTime(Date.now() + ms)
    return
  }
  const [id = ''] = (browser.cookie ?? '').split('.')
  const key = Session.store.getSessionKey(id)
  const binding = (await redis.hget(key, '$binding')) ?? ''
  const proof = browser.cookies.get(PROOF)
  const until = proof === undefined ? undefined : readTime(binding, 'proof', proof)
  const earlier = boundEarlier(binding, ms)
  if (earlier !== binding) await redis.hset(key, '$binding', earlier)
  if (until !== undefined) browser.cookies.set(PROOF, signTime(binding, 'proof', until - ms))
}

/** A session's `$binding`, as if it had taken effect so many ms earlier; one that has not stays as it is. */
export function boundEarlier(binding: string, ms: number): string {
  return binding.replace(/:(\d+)/, (_, boundAt) => `:${Number(boundAt) - ms}`)
}

/** A challenge that was made so many ms before. */
export async function olderChallenge(
  { Session }: Site,
  browser: Browser,
  challenge: string,
  ms: number,
): Promise<string> {
  const redis = Session.store.client as Redis | undefined
  if (redis === undefined) {
    vi.setSystemTime(Date.now() + ms)
    return challenge
  }
  const [id = ''] = (browser.cookie ?? '').split('.')
  const binding = (await redis.hget(Session.store.getSessionKey(id), '$binding')) ?? ''
  return signTime(binding, 'challenge', Number(challenge.split('.')[0]) - ms)
}

/** The sessions of a user. */
export async function sessionsOf(
  { Session }: Pick<Site, 'Session'>,
  user: number,
): Promise<FoundSession[]> {
  const found: FoundSession[] = []
  for await (const session of Session.find('user_id', user)) found.push(session)
  return found
}
