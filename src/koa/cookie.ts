import type { Context } from 'koa'
import { optionsError, SessionError } from '../errors.js'
import type { Config } from '../options/config.js'
import type { CookieOptions } from '../options/session-options.js'
import type { Updated } from '../store/store.js'
import { isWellFormed, parseToken, type Token } from '../store/token.js'
import { forgetCookies, keepCookies } from './response-cookies.js'

/** Browsers keep no cookie for longer, ms (RFC 6265bis, 5.5). */
const LONGEST_COOKIE = 400 * 24 * 3_600_000

interface Keygrip {
  verify(data: string, signature: string): boolean
}

/** The session's cookie in one request and its response. */
export class SessionCookie {
  readonly #ctx: Context
  readonly #config: Config
  #sent = false

  constructor(ctx: Context, config: Config) {
    this.#ctx = ctx
    this.#config = config
  }

  /** What all cookies of this name claim, with the signature that `signed` requires. Most requests have one. */
  read(): Token[] {
    this.#checkKeys()
    const values = readCookies(this.#ctx, this.#config)
    if (values.length > 1) return values.flatMap((value) => parseToken(value) ?? [])
    const token = parseToken(values[0])
    return token === undefined ? [] : [token]
  }

  /**
   * Checked before each write to the store: a session whose cookie cannot be sent is lost.
   *
   * @param newSecret - whether the browser needs the cookie to keep its session; an upgraded request
   * (WebSocket) cannot send it
   */
  assertCanSend({ newSecret }: { newSecret: boolean }): void {
    if (this.headersSent || (newSecret && !this.#hasResponse())) {
      throw new SessionError(
        'ERR_SESSION_HEADERS_SENT',
        'the session may need a cookie, but the response headers have been sent: await calls on ' +
          'ctx.session before that',
      )
    }
    this.assertSecure()
    this.#checkKeys()
  }

  /** Whether a `secure` cookie can be sent at all. */
  assertSecure(): void {
    if (this.#isSecure()) return
    throw optionsError(
      'options.secure is true, but this request did not arrive over TLS; behind a proxy that ' +
        'terminates TLS, set app.proxy = true, or ctx.cookies.secure = true',
    )
  }

  /** Whether the response can still carry a cookie. */
  canSend(): boolean {
    return !this.headersSent && this.#hasResponse() && !this.#isGone() && this.#isSecure()
  }

  /** Without `maxAge` (ms) the cookie ends with the browser. */
  send(value: string, maxAge: number | undefined): void {
    const { cookie } = this.#config
    // The headers may have been sent meanwhile.
    this.assertCanSend({ newSecret: false })
    if (!this.#hasResponse() || this.#isGone()) return
    // In this order: a property that is added to a copied object makes it slow.
    this.#set(value, maxAge === undefined ? cookie : { maxAge, ...cookie })
    this.#sent = true
  }

  /** Best effort: does nothing once the headers are sent. */
  clear(): void {
    const { key, cookie } = this.#config
    if (!this.canSend()) return
    const { cookie: header = '' } = this.#ctx.req.headers
    if (this.#sent || valuesOf(header, key).length > 0) this.#set(null, cookie)
  }

  #set(value: string | null, attributes: CookieOptions & { maxAge?: number }): void {
    const { key } = this.#config
    const { res, cookies } = this.#ctx
    const names = attributes.signed === true ? [key, `${key}.sig`] : [key]
    forgetCookies(res, names)
    cookies.set(key, value, attributes)
    keepCookies(res, names)
  }

  get headersSent(): boolean {
    return (this.#ctx as Partial<Context>).res?.headersSent === true
  }

  /** A WebSocket's response, if there is one at all, goes nowhere. */
  #hasResponse(): boolean {
    const { req, res } = this.#ctx as Partial<Context> & Pick<Context, 'req'>
    // `upgrade` is false where the application answers the upgrade in a request handler.
    return (
      res !== undefined &&
      (req as { upgrade?: boolean }).upgrade !== true &&
      req.headers['sec-websocket-key'] === undefined &&
      req.headers[':protocol'] === undefined
    )
  }

  /** Over HTTP/2 a request whose client has gone does not know any more that it was secure. */
  #isGone(): boolean {
    return (
      (this.#ctx.res as { stream?: { destroyed: boolean } } | undefined)?.stream?.destroyed === true
    )
  }

  /** By what `ctx.cookies.set` goes by: applications may set `ctx.cookies.secure`. */
  #isSecure(): boolean {
    if (this.#config.cookie.secure !== true || this.#isGone()) return true
    const { secure } = this.#ctx.cookies as { secure?: boolean }
    return secure ?? this.#ctx.secure
  }

  #checkKeys(): void {
    const { app } = this.#ctx
    if (this.#config.cookie.signed !== true || app.keys !== undefined) return
    throw optionsError(
      'options.signed is true, but app.keys is not set on the app that the request came to (Koa does ' +
        'not use the keys of a mounted app)',
    )
  }
}

/** How many cookies of one name are read. */
const MAX_COOKIES = 4

/**
 * The different values of the session's cookie in the order of the header, at most four. There may be
 * several: of another `path`, `domain` or `partitioned`, or set by a sibling subdomain. Malformed ones
 * are left out, as are those without the signature that `signed` requires.
 */
export function readCookies(ctx: Context, { key, cookie }: Config): string[] {
  const header = ctx.req.headers.cookie
  if (header === undefined) return []
  const found = valuesOf(header, key)
  // Nearly always there is one.
  if (found.length === 1 && cookie.signed !== true) return found
  const values = found.filter(isWellFormed).slice(0, MAX_COOKIES)
  if (values.length === 0 || cookie.signed !== true) return values
  // Koa's own check may set cookies, and throws once the headers are sent.
  const { keys } = ctx.cookies as unknown as { keys: Keygrip }
  const signatures = valuesOf(header, `${key}.sig`).slice(0, MAX_COOKIES)
  return values.filter((value) => signatures.some((one) => keys.verify(`${key}=${value}`, one)))
}

/** The different values of a name in a Cookie header. */
export function valuesOf(header: string, name: string): string[] {
  let values: string[] | undefined
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + 1)) {
    const equals = at + name.length
    if (header[equals] !== '=') continue
    let before = at - 1
    while (before >= 0 && header[before] === ' ') before--
    if (before >= 0 && header[before] !== ';') continue
    const start = equals + 1
    const end = header.indexOf(';', start)
    const value = header.slice(start, end === -1 ? undefined : end).trimEnd()
    const unquoted = value.startsWith('"') ? value.slice(1, -1) : value
    // Not by a push: an array that grows has room for 17.
    if (values === undefined) values = [unquoted]
    else if (!values.includes(unquoted)) values.push(unquoted)
  }
  return values ?? []
}

/**
 * Whether an update moved the session's end past a multiple of a tenth of its lifetime, so that the
 * cookie must be sent again. Not after each update: a slow response would overwrite the cookie that
 * another request has renewed meanwhile, and sign the visitor out.
 */
export function outlivesCookie({ expiresIn, expiresAt, wouldHaveExpiredAt }: Updated): boolean {
  const tenth = Math.min(expiresIn, LONGEST_COOKIE) / 10
  return Math.floor(expiresAt / tenth) !== Math.floor(wouldHaveExpiredAt / tenth)
}

/** Not every context has a response: koa-websocket's has none. */
export function canSendHeaders(ctx: Context): boolean {
  const { res } = ctx as Partial<Context>
  return res !== undefined && !res.headersSent
}
