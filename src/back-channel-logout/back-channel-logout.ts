import type { Context } from 'koa'
import { optionsError, SessionError } from '../errors.js'
import { answerEmpty } from '../koa/answer-empty.js'
import type { Fields, ReferenceName, SessionMiddleware } from '../index.js'
import { openKeySet } from './key-set.js'
import { type LoginClaims, Logins } from './logins.js'
import { type BackChannelLogoutOptions, checkOptions } from './options.js'
import { receive, type Received, REPLAYED } from './receive.js'
import { readLogoutToken } from './request-body.js'
import { kindOf, LOGOUT, type SecurityEvent } from './security-event.js'

type MaybeFields = Fields | undefined

/** The values of the two references, for `signIn`. A provider that sends no `sid` leaves the login's `null`. */
export type LoginReferences<Login extends string, User extends string> = {
  readonly [Name in Login]: string | null
} & { readonly [Name in User]: string }

/** What `backChannelLogout()` returns: the middleware for logout tokens, with two methods. */
export interface BackChannelLogout<Login extends string, User extends string> {
  /**
   * Answers the `POST` of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8), with an empty body:
   *
   * - 200: the sessions that it names have ended. Also where there was none;
   * - 400: anything that is no valid logout token, or one that came before;
   * - 503: Redis or the provider's keys are out of reach; the same token counts when it comes again.
   *
   * The application's `error` event tells of each 503, and of each 400 for a token that the provider has signed, but for
   * one that came before.
   */
  (ctx: Context): Promise<void>

  /**
   * Call it in the sign-in's callback, and give `signIn` what it resolves to: so a logout that arrives before the session
   * exists is not overtaken, and the session is found by one that comes later.
   *
   * A login is refused for an hour after a logout of its `sid`; after one of its `sub`, where it is older than that, by
   * `auth_time` or `iat`. Clocks differ: a fresh login within 5 s after that logout is refused too.
   *
   * @param claims - of the ID token, verified. It must be one of `issuer` for `clientId`
   * @returns the values of both references
   * @throws `ERR_SESSION_REVOKED` for a login that has ended: start again, with `prompt=login`
   * @throws `ERR_SESSION_OPTIONS` for claims of another issuer or client, `ERR_SESSION_STORE`
   * @example
   * const claims = tokens.claims()
   * await ctx.session.signIn({ user_id: user.id, ...(await logout.check(claims)) })
   */
  check(claims: LoginClaims | undefined): Promise<LoginReferences<Login, User>>

  /**
   * Takes a security event token of another kind from the same issuer (RFC 8417), such as CAEP's `session-revoked`: all
   * checks are those of a logout token, but for its own `type`, for `exp`, which it need not have, and for `nonce`.
   *
   * @returns whether it was accepted; it never rejects for a token
   * @throws `ERR_SESSION_STORE` where Redis or the provider's keys are out of reach: have it sent again
   */
  receive(token: string, event: SecurityEvent): Promise<Received>
}

/**
 * Signs users out whom an identity provider signs out: OpenID Connect Back-Channel Logout 1.0. The provider sends a logout
 * token to the middleware, which ends the sessions of the login (`sid`), or where it names none, of the user (`sub`).
 *
 * Mount it for one path, before whatever checks CSRF tokens. For several issuers call it once for each, with a path of
 * their own and the same references. Needs the package `jose`.
 *
 * @example
 * const Session = sessions(app, {
 *   client,
 *   references: { user_id: {}, oidc_sid: { rotate: false }, oidc_sub: { rotate: false } },
 * })
 * const logout = backChannelLogout(Session, {
 *   issuer: 'https://provider.example',
 *   clientId: 'app',
 *   jwksUri: 'https://provider.example/jwks',
 *   login: 'oidc_sid',
 *   user: 'oidc_sub',
 * })
 * router.post('/back-channel-logout', logout)
 * @throws `ERR_SESSION_OPTIONS`, naming the invalid option
 */
export function backChannelLogout<
  F extends MaybeFields,
  Login extends ReferenceName<F>,
  User extends ReferenceName<F>,
>(
  Session: Pick<SessionMiddleware<F>, 'store'>,
  options: BackChannelLogoutOptions<Login, User>,
): BackChannelLogout<Login, User> {
  const settings = checkOptions(Session, options)
  const logins = new Logins(settings)
  const parts = { findKey: openKeySet(settings), logins, settings }

  const middleware = async (ctx: Context): Promise<void> => {
    ctx.set('Cache-Control', 'no-store')
    try {
      const token = await readLogoutToken(ctx, settings.config.timeout)
      const received = token === undefined ? undefined : await receive(token, LOGOUT, parts)
      answerEmpty(ctx, received?.accepted === true ? 200 : 400)
      if (received !== undefined) report(ctx, received)
    } catch (error) {
      answerEmpty(ctx, isMisplaced(error) ? 400 : 503)
      ctx.app.emit('error', error, ctx)
    }
  }

  return Object.assign(middleware, {
    check: (claims: LoginClaims | undefined) =>
      logins.check(claims) as Promise<LoginReferences<Login, User>>,
    receive: async (token: string, event: SecurityEvent) => receive(token, kindOf(event), parts),
  })
}

/** Whether the middleware came after one that took the body: no second try helps. */
function isMisplaced(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'ERR_SESSION_OPTIONS'
}

/** What the provider has signed, and is wrong, is a mistake in the options or in a clock. */
function report(ctx: Context, received: Received): void {
  if (received.accepted || received.reason === undefined || received.reason === REPLAYED) return
  const message = `backChannelLogout() refused a token that the provider has signed: ${received.reason}`
  ctx.app.emit('error', optionsError(message), ctx)
}
