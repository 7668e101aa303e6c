/**
 * The stable codes of {@link SessionError}. Match errors by code, never by message.
 *
 * | code | status | meaning |
 * | --- | --- | --- |
 * | `ERR_SESSION_REVOKED` | 401 | this request had seen the session alive, and it has ended since; or it was to sign in, and the sessions with this value were all ended since it began |
 * | `ERR_SESSION_SUPERSEDED` | 401 | the cookie was replaced a moment ago by a newer one of the same session |
 * | `ERR_SESSION_LIMIT` | 403 | there are as many sessions with this value as `max` allows, and `onMax` is `'refuse'` |
 * | `ERR_SESSION_STORE` | 503 | Redis did not answer in time, or answered with an error (see `cause`) |
 * | `ERR_SESSION_FIELD` | 500 | a field's name or value cannot be kept as what it is |
 * | `ERR_SESSION_OPTIONS` | 500 | an option or an argument is wrong |
 * | `ERR_SESSION_HEADERS_SENT` | 500 | a cookie has to be sent, but the response's headers are gone already |
 */
export type SessionErrorCode = keyof typeof STATUS

const STATUS = {
  ERR_SESSION_REVOKED: 401,
  ERR_SESSION_SUPERSEDED: 401,
  ERR_SESSION_LIMIT: 403,
  ERR_SESSION_STORE: 503,
  ERR_SESSION_FIELD: 500,
  ERR_SESSION_OPTIONS: 500,
  ERR_SESSION_HEADERS_SENT: 500,
} as const

/**
 * Every error that this package throws by itself.
 *
 * `status` and `expose` are what Koa reads to make the response: a 401 shows its message to the
 * visitor, a 500 or 503 does not. No message holds a field's value, a cookie or a secret. Where a value does
 * not fit its schema, the message names the places in it, by their keys.
 *
 * @example
 * try {
 *   await ctx.session.set({ cart: 'x' })
 * } catch (error) {
 *   if (error.code === 'ERR_SESSION_REVOKED') return ctx.redirect('/login')
 *   throw error
 * }
 */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  /** What went wrong, for programs. */
  readonly code: SessionErrorCode
  /** The HTTP status that Koa answers with. */
  readonly status: number
  /** Whether Koa may show the message to the visitor. */
  readonly expose: boolean

  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.status = STATUS[code]
    this.expose = this.status < 500
  }
}

/** The error of a bad option or argument. */
export function wrongOption(message: string): SessionError {
  return new SessionError('ERR_SESSION_OPTIONS', message)
}

/** The error of a sign-in whose request was under way when the sessions with its value were ended. */
export function underWay(): SessionError {
  return new SessionError(
    'ERR_SESSION_REVOKED',
    'the sessions to sign in to were revoked while this request was under way: sign in again (to do ' +
      'both in one request, sign in first, and then revoke all except this session)',
  )
}

/** The error of a sign-in to what has as many sessions as it may. */
export function limitReached(field: string): SessionError {
  return new SessionError(
    'ERR_SESSION_LIMIT',
    `there are as many sessions with this "${field}" as there may be: end one of them first`,
  )
}
