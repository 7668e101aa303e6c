/**
 * The stable codes of {@link SessionError}. Match errors by code, never by message.
 *
 * | code | status | meaning |
 * | --- | --- | --- |
 * | `ERR_SESSION_REVOKED` | 401 | the session has ended since this request found it alive, or all sessions with a value were revoked after the request that signs in to it began, or its login was ended by the identity provider |
 * | `ERR_SESSION_SUPERSEDED` | 401 | a newer cookie of the same session has just replaced this one |
 * | `ERR_SESSION_UNPROVEN` | 401 | the session is bound to a device, and the request has no proof of it that is still good |
 * | `ERR_SESSION_STALE` | 403 | nobody signed in as recently as `requireFresh` asks for |
 * | `ERR_SESSION_LIMIT` | 403 | `max` sessions have this value, and `onMax` is `'refuse'` |
 * | `ERR_SESSION_STORE` | 503 | Redis did not reply within `timeout`, or replied with an error (see `cause`); a write may have been done |
 * | `ERR_SESSION_FIELD` | 500 | a field name or value cannot be stored without loss |
 * | `ERR_SESSION_OPTIONS` | 500 | an option or argument is invalid |
 * | `ERR_SESSION_HEADERS_SENT` | 500 | a cookie is needed, but the response headers have been sent |
 */
export type SessionErrorCode = keyof typeof STATUS

const STATUS = {
  ERR_SESSION_REVOKED: 401,
  ERR_SESSION_SUPERSEDED: 401,
  ERR_SESSION_UNPROVEN: 401,
  ERR_SESSION_STALE: 403,
  ERR_SESSION_LIMIT: 403,
  ERR_SESSION_STORE: 503,
  ERR_SESSION_FIELD: 500,
  ERR_SESSION_OPTIONS: 500,
  ERR_SESSION_HEADERS_SENT: 500,
} as const

/**
 * Every error that this package throws.
 *
 * No message contains a field value, a cookie or a secret. If a value does not match its schema, the
 * message names the keys that lead to the mismatch.
 *
 * @example
 * try {
 *   await ctx.session.set({ cart: 'x' })
 * } catch (error) {
 *   if (!(error instanceof SessionError) || error.code !== 'ERR_SESSION_REVOKED') throw error
 *   ctx.redirect('/login')
 * }
 */
export class SessionError extends Error {
  /** `'SessionError'`. */
  override readonly name = 'SessionError'
  /** What went wrong: a stable name. */
  readonly code: SessionErrorCode
  /** The HTTP status that Koa answers with. */
  readonly status: number
  /** Whether Koa may show the message to the visitor: `true` for a 4xx status. */
  readonly expose: boolean
  /**
   * Why the session ended, where that is known: what was given to `delete`, `revoke` or `revokeAll`, `'limit'`, or
   * `'expired'`.
   */
  readonly reason: string | undefined

  /** Public for tests; applications need not construct errors. The status follows from the code. */
  constructor(
    code: SessionErrorCode,
    message: string,
    options?: ErrorOptions & { readonly reason?: string | undefined },
  ) {
    super(message, options)
    this.code = code
    this.reason = options?.reason
    this.status = STATUS[code]
    this.expose = this.status < 500
  }
}

export function optionsError(message: string, options?: ErrorOptions): SessionError {
  return new SessionError('ERR_SESSION_OPTIONS', message, options)
}

export function fieldError(message: string, options?: ErrorOptions): SessionError {
  return new SessionError('ERR_SESSION_FIELD', message, options)
}

export function sessionEndedError(reason?: string): SessionError {
  return new SessionError('ERR_SESSION_REVOKED', 'this session has ended', { reason })
}

/** For a sign-in to a value whose sessions were all revoked after the request began. */
export function signInRevokedError(): SessionError {
  return new SessionError(
    'ERR_SESSION_REVOKED',
    'all sessions with this value were revoked after this request began: sign in again (to do both ' +
      'in one request, sign in first, then revoke all sessions except this one)',
  )
}

/** For a login that its identity provider has ended before the application has signed anybody in. */
export function loginEndedError(): SessionError {
  return new SessionError(
    'ERR_SESSION_REVOKED',
    'the identity provider has ended this login: sign in again, with prompt=login',
  )
}

export function supersededError(): SessionError {
  return new SessionError(
    'ERR_SESSION_SUPERSEDED',
    'a newer cookie has just replaced this one: send the request again',
  )
}

export function unprovenError(): SessionError {
  return new SessionError(
    'ERR_SESSION_UNPROVEN',
    'this session is bound to a device, and the request has no proof of it: sign in again',
  )
}

export function staleError(): SessionError {
  return new SessionError('ERR_SESSION_STALE', 'sign in again to use this page')
}

export function limitReachedError(field: string): SessionError {
  return new SessionError(
    'ERR_SESSION_LIMIT',
    `the limit of sessions with this "${field}" is reached: end one of them first`,
  )
}
