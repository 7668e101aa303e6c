import type { Context } from 'koa'

/** A session of the library before, as `options.adopt` returns it. */
export interface OldSession<Values> {
  /**
   * A string that only the holder of the old cookie knows: at least 16 characters, and the same for each request
   * with that cookie. It must not be in Redis: store-backed libraries keep their ids there in the clear, so take
   * the cookie with its signature. The id and the secret of the new session are derived from it.
   */
  readonly from: string
  /**
   * The last moment at which the old cookie is valid, a `Date` or ms since 1970; or a function that returns it, and is
   * called after `values`. From then on the old cookie opens nothing; until then it does not sign in again once the new
   * session has ended. At most 400 days count: remove `adopt` before they are over.
   */
  readonly until: Date | number | (() => Date | number)
  /**
   * The fields of the new session; or a function that gets them, and is called only where there is no session made from
   * this cookie yet. `undefined`, or no field at all: it is over, or not worth keeping, and stays as it is.
   */
  readonly values: Values | (() => Values | undefined | Promise<Values | undefined>)
  /**
   * Ends the old session, say. Called after the new one was created, and again by each request that has only the old
   * cookie; if it rejects, so does the call.
   */
  readonly done?: (() => unknown) | undefined
}

/**
 * Finds the session of the library before in a request. Returns `undefined` where there is none. It cannot use
 * `ctx.session`, which waits for it.
 *
 * @example
 * adopt: async (ctx) => {
 *   const cookie = readOldCookie(ctx) // with its signature, which was verified
 *   return cookie && { from: cookie.text, until: cookie.expires, values: { user_id: cookie.userId } }
 * }
 */
export type Adopt<Values> = (
  ctx: Context,
) => OldSession<Values> | undefined | Promise<OldSession<Values> | undefined>
