import { hash } from 'node:crypto'
import { loginEndedError, optionsError } from '../errors.js'
import { deriveToken } from '../store/token.js'
import { keepFor, type Settings } from './options.js'
import type { Subject } from './security-event.js'

/**
 * The claims of an ID token that `check` uses, after the application's OpenID Connect library has verified it: with
 * openid-client `tokens.claims()`.
 */
export interface LoginClaims {
  /** The provider: it must be `issuer`. */
  readonly iss?: unknown
  /** Whom the token is for: it must be `clientId`, or a list that holds it. */
  readonly aud?: unknown
  /** The user at the provider; required. */
  readonly sub?: unknown
  /** The login at the provider, if it names one. */
  readonly sid?: unknown
  /** When the token was issued, seconds since 1970. */
  readonly iat?: unknown
  /** When the user was authenticated, seconds since 1970. */
  readonly auth_time?: unknown
}

/**
 * By how much the provider's clock may be ahead of this machine's, ms, for `check` to refuse each login of before a logout.
 * For that long after it, and by as much as the provider's clock is behind, a fresh login is refused as well.
 */
const CLOCKS_DIFFER = 5_000

/** What the browsers of ended sessions are told. */
const REASON = 'provider'

/** The field of what keeps a `jti`. */
const RECEIVED = 'jti-received'

/** The logins of one provider: their references' values, and which have ended. */
export class Logins {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /**
   * The value of `login` or `user`: a digest of a fixed length, so that two issuers can never share one, nor a `sid` be
   * somebody's `sub`.
   */
  #valueOf(claim: 'sid' | 'sub', value: string): string {
    return hash('sha256', JSON.stringify([claim, this.#settings.issuer, value]), 'base64url')
  }

  /** Ends the sessions of one login, or of all of a user. */
  async end({ sid, sub = '' }: Subject): Promise<number> {
    const { login, user } = this.#settings
    return sid === undefined
      ? this.#revokeAll(user, this.#valueOf('sub', sub))
      : this.#revokeAll(login, this.#valueOf('sid', sid))
  }

  #revokeAll(field: string, value: string): Promise<number> {
    const { store, fields } = this.#settings.config
    const encoded = fields.encodeReference(field, value)
    return store.revokeAll(field, encoded, { by: 'provider', reason: REASON })
  }

  #revokedAgo(field: string, value: string): Promise<number | undefined> {
    const { store, fields } = this.#settings.config
    return store.revokedAgo(field, fields.encodeReference(field, value))
  }

  /**
   * The references' values of a login, unless it was ended in the last hour.
   *
   * @throws `ERR_SESSION_REVOKED`; `ERR_SESSION_OPTIONS` for claims of another issuer or client
   */
  async check(claims: LoginClaims | undefined): Promise<Record<string, string | null>> {
    const { login, user } = this.#settings
    const { sid, sub, at } = this.#read(claims)
    const ofUser = this.#valueOf('sub', sub)
    const ofLogin = sid === undefined ? null : this.#valueOf('sid', sid)
    const [loginEnded, userEnded] = await Promise.all([
      ofLogin === null ? undefined : this.#revokedAgo(login, ofLogin),
      this.#revokedAgo(user, ofUser),
    ])
    if (loginEnded !== undefined) throw loginEndedError()
    // The two ages are compared, not two times: Redis's clock need not be the provider's.
    if (userEnded !== undefined && userEnded - CLOCKS_DIFFER <= Date.now() - at) {
      throw loginEndedError()
    }
    return { [login]: ofLogin, [user]: ofUser }
  }

  #read(claims: LoginClaims | undefined): { sid: string | undefined; sub: string; at: number } {
    const { issuer, clientId } = this.#settings
    const { iss, aud, sub, sid, iat, auth_time: authTime } = claims ?? {}
    if (typeof sub !== 'string' || sub === '') {
      throw optionsError(
        'logout.check() takes the claims of an ID token: ask the provider for the scope openid',
      )
    }
    if (iss !== issuer) {
      const isSlash =
        typeof iss === 'string' && iss.replace(/\/$/, '') === issuer.replace(/\/$/, '')
      throw optionsError(
        `backChannelLogout({ issuer }) is not the issuer of this login${isSlash ? ': a slash at the end differs' : ''}`,
      )
    }
    if (![aud].flat().includes(clientId)) {
      throw optionsError('backChannelLogout({ clientId }) is not the client of this login')
    }
    if (sid !== undefined && (typeof sid !== 'string' || sid === '')) {
      throw optionsError('the "sid" of this login is not a string')
    }
    // A token is issued when the callback fetches it, which may be after the logout: `auth_time` is older.
    const times = [iat, authTime].filter((time) => typeof time === 'number')
    return { sid, sub, at: times.length === 0 ? -Infinity : Math.min(...times) * 1000 }
  }

  /** What keeps a `jti`: a session without a secret, so that no cookie opens it, and without references. */
  #idOf(jti: string): string {
    return deriveToken(JSON.stringify(['jti', this.#settings.issuer, jti])).id
  }

  async wasReceived(jti: string): Promise<boolean> {
    return (await this.#settings.config.store.read(this.#idOf(jti), [RECEIVED])) !== undefined
  }

  async markReceived(jti: string): Promise<void> {
    const set = new Map([[RECEIVED, '1']])
    await this.#settings.config.store.put(this.#idOf(jti), { set, maxAge: keepFor(this.#settings) })
  }
}
