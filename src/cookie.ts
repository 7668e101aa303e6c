import type { Context } from 'koa'
import type { Config } from './config.js'
import { SessionError } from './errors.js'
import type { CookieOptions } from './options.js'
import type { Updated } from './store/store.js'

const UNSIGNED = { signed: false } as const

/** No browser keeps a cookie for longer, ms (RFC 6265bis, 5.5). */
const LONGEST_COOKIE = 400 * 24 * 3_600_000

/** What is used of the keys that Koa signs with. */
interface Keygrip {
  verify(text: string, signature: string): boolean
}

/** The text of the session's cookie that came with this request; `undefined` if it is not signed as it has to be. */
export function readCookie(ctx: Context, { key, cookie }: Config): string | undefined {
  checkKeys(ctx, cookie)
  const text = ctx.cookies.get(key, UNSIGNED)
  if (text === undefined || cookie.signed !== true) return text
  // Not by `get`, which sets cookies: what only reads must not, and after the headers it would throw.
  const signature = ctx.cookies.get(`${key}.sig`, UNSIGNED)
  const { keys } = ctx.cookies as unknown as { keys: Keygrip }
  return signature !== undefined && keys.verify(`${key}=${text}`, signature) ? text : undefined
}

/**
 * Makes sure that a cookie can be sent with this response, before anything is written to the store:
 * a session whose cookie nobody gets is lost.
 *
 * @param renews - whether there will be a cookie without which the browser loses its session; what
 * is sent to an upgraded request, of a WebSocket, has no headers
 * @throws `ERR_SESSION_HEADERS_SENT` or `ERR_SESSION_OPTIONS`
 */
export function checkCookie(ctx: Context, { cookie }: Config, renews: boolean): void {
  if (ctx.headerSent || (renews && isUpgraded(ctx))) {
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

/** Whether a cookie that is set now reaches the browser. */
export function canSendCookie(ctx: Context, { cookie }: Config): boolean {
  return !ctx.headerSent && !isUpgraded(ctx) && (cookie.secure !== true || ctx.secure)
}

function isUpgraded({ req }: Context): boolean {
  return (req as { upgrade?: boolean }).upgrade === true
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
  checkCookie(ctx, config, false)
  ctx.cookies.set(key, text, maxAge === undefined ? cookie : { ...cookie, maxAge })
}

/** Asks the browser to forget the cookie. */
export function clearCookie(ctx: Context, { key, cookie }: Config): void {
  ctx.cookies.set(key, null, cookie)
}

/**
 * Has the answer to an error carry the session's cookie too. Koa takes all headers off that answer, but the
 * store knows only the new secret by then: without the cookie the browser has lost its session.
 */
export function keepCookieOnError(ctx: Context, { key }: Config): void {
  const { res } = ctx
  const answerError = ctx.onerror.bind(ctx)
  const isOwn = (one: string): boolean => one.startsWith(`${key}=`) || one.startsWith(`${key}.sig=`)
  const onerror = (error: Error): void => {
    const own = cookiesOf(res).filter(isOwn)
    // Last of all, and not by `error.headers`: one error may be thrown in several requests.
    const end: (...args: never) => unknown = res.end.bind(res)
    const endWithCookie = (...args: never): unknown => {
      if (!res.headersSent && own.length > 0) {
        const others = cookiesOf(res).filter((one) => !isOwn(one))
        res.setHeader('Set-Cookie', [...others, ...own])
        // What the application said of caches is gone, too; and a cache may keep a 404.
        if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store')
      }
      return end(...args)
    }
    Object.assign(res, { end: endWithCookie })
    answerError(error)
  }
  Object.assign(ctx, { onerror })
}

function cookiesOf(res: Context['res']): string[] {
  return [res.getHeader('Set-Cookie') ?? []].flat().map(String)
}

/**
 * Whether a session now outlives its cookie by so much that the cookie has to be sent again: up to a
 * tenth of its time is let go by. (Where its end passes a multiple of that tenth, which tells without
 * a record of what was sent.)
 *
 * Not each time: the answer of a slow request would bring a secret back to the browser that another
 * request has renewed meanwhile, and log its user out.
 */
export function outgrown({ expiresIn, expiresAt, wouldHaveExpiredAt }: Updated): boolean {
  const tenth = Math.min(expiresIn, LONGEST_COOKIE) / 10
  return Math.floor(expiresAt / tenth) !== Math.floor(wouldHaveExpiredAt / tenth)
}

function checkKeys(ctx: Context, { signed }: CookieOptions): void {
  if (signed === true && ctx.app.keys === undefined) {
    throw new SessionError('ERR_SESSION_OPTIONS', 'options.signed is true, but app.keys is not set')
  }
}
