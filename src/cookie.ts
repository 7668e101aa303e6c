import type { Context } from 'koa'
import type { Config } from './config.js'
import { SessionError } from './errors.js'
import type { CookieOptions } from './options.js'

/** The text of the session's cookie that came with this request, as it came. */
export function readCookie(ctx: Context, { key, cookie }: Config): string | undefined {
  checkKeys(ctx, cookie)
  return ctx.cookies.get(key, { signed: cookie.signed === true })
}

/**
 * Makes sure that a cookie can be sent with this response, before anything is written to the store:
 * a session whose cookie nobody gets is lost.
 *
 * @throws `ERR_SESSION_HEADERS_SENT` or `ERR_SESSION_OPTIONS`
 */
export function checkCookie(ctx: Context, { cookie }: Config): void {
  if (ctx.headerSent) {
    throw new SessionError(
      'ERR_SESSION_HEADERS_SENT',
      'the session may need a cookie, but the headers of this response are sent: await its calls before',
    )
  }
  if (cookie.secure === true && !ctx.secure) {
    throw new SessionError(
      'ERR_SESSION_OPTIONS',
      'options.secure is true, but this request did not come over TLS; behind a proxy that ends ' +
        'TLS, set app.proxy = true',
    )
  }
  checkKeys(ctx, cookie)
}

/** Whether `checkCookie` would pass. */
export function canSendCookie(ctx: Context, { cookie }: Config): boolean {
  return !ctx.headerSent && (cookie.secure !== true || ctx.secure)
}

/** Sends the cookie; `maxAge` in ms. */
export function sendCookie(
  ctx: Context,
  config: Config,
  text: string,
  maxAge: number | undefined,
): void {
  const { key, cookie } = config
  // The headers may have gone while the store was at work.
  checkCookie(ctx, config)
  ctx.cookies.set(key, text, maxAge === undefined ? cookie : { ...cookie, maxAge })
}

/** Asks the browser to forget the cookie. */
export function clearCookie(ctx: Context, { key, cookie }: Config): void {
  ctx.cookies.set(key, null, cookie)
}

function checkKeys(ctx: Context, { signed }: CookieOptions): void {
  if (signed === true && ctx.app.keys === undefined) {
    throw new SessionError('ERR_SESSION_OPTIONS', 'options.signed is true, but app.keys is not set')
  }
}
