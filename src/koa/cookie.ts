import type { Context } from 'koa'
import { optionsError, SessionError } from '../errors.js'
import type { Config } from '../options/config.js'
import type { Updated } from '../store/store.js'

const UNSIGNED = { signed: false } as const

/** Browsers keep no cookie for longer, ms (RFC 6265bis, 5.5). */
const LONGEST_COOKIE = 400 * 24 * 3_600_000

interface Keygrip {
  verify(data: string, signature: string): boolean
}

/** The session's cookie in one request and its response. */
export class SessionCookie {
  readonly #ctx: Context
  readonly #config: Config
  /** Whether the browser has the cookie after this response. */
  #present = false
  #sent = false

  constructor(ctx: Context, config: Config) {
    this.#ctx = ctx
    this.#config = config
  }

  /** `undefined` without a cookie, or without the signature that `signed` requires. */
  read(): string | undefined {
    const value = this.#readVerified()
    this.#present = value !== undefined
    return value
  }

  #readVerified(): string | undefined {
    const { key, cookie } = this.#config
    const { cookies } = this.#ctx
    this.#checkKeys()
    const value = cookies.get(key, UNSIGNED)
    if (value === undefined || cookie.signed !== true) return value
    // Koa's own check may set cookies, and throws once the headers are sent.
    const signature = cookies.get(`${key}.sig`, UNSIGNED)
    const { keys } = cookies as unknown as { keys: Keygrip }
    return signature !== undefined && keys.verify(`${key}=${value}`, signature) ? value : undefined
  }

  /**
   * Checked before each write to the store: a session whose cookie cannot be sent is lost.
   *
   * @param newSecret - whether the browser needs the cookie to keep its session; an upgraded request
   * (WebSocket) cannot send it
   */
  assertCanSend({ newSecret }: { newSecret: boolean }): void {
    if (this.#ctx.headerSent || (newSecret && this.#isUpgraded())) {
      throw new SessionError(
        'ERR_SESSION_HEADERS_SENT',
        'the session may need a cookie, but the response headers have been sent: await calls on ' +
          'ctx.session before that',
      )
    }
    if (this.#config.cookie.secure === true && !this.#ctx.secure) {
      throw optionsError(
        'options.secure is true, but this request did not arrive over TLS; behind a proxy that ' +
          'terminates TLS, set app.proxy = true',
      )
    }
    this.#checkKeys()
  }

  /** Without `maxAge` (ms) the cookie ends with the browser. */
  send(value: string, maxAge: number | undefined): void {
    const { key, cookie } = this.#config
    if (!this.#sent) keepOnError(this.#ctx, key)
    // The headers may have been sent meanwhile.
    this.assertCanSend({ newSecret: false })
    this.#ctx.cookies.set(key, value, maxAge === undefined ? cookie : { ...cookie, maxAge })
    this.#sent = true
    this.#present = true
  }

  /** Best effort: does nothing once the headers are sent. */
  clear(): void {
    const { key, cookie } = this.#config
    const canSend =
      !this.#ctx.headerSent && !this.#isUpgraded() && (cookie.secure !== true || this.#ctx.secure)
    if (this.#present && canSend) this.#ctx.cookies.set(key, null, cookie)
  }

  #isUpgraded(): boolean {
    return (this.#ctx.req as { upgrade?: boolean }).upgrade === true
  }

  #checkKeys(): void {
    if (this.#config.cookie.signed === true && this.#ctx.app.keys === undefined) {
      throw optionsError('options.signed is true, but app.keys is not set')
    }
  }
}

/**
 * Keeps the cookie on an error response, from which Koa removes all headers: the store already has
 * the new secret.
 */
function keepOnError(ctx: Context, key: string): void {
  const { res } = ctx
  const handleError = ctx.onerror.bind(ctx)
  const isOwn = (one: string): boolean => one.startsWith(`${key}=`) || one.startsWith(`${key}.sig=`)
  const onerror = (error: Error): void => {
    const own = setCookies(res).filter(isOwn)
    // Not by `error.headers`: several requests may throw one error object.
    const end: (...args: never) => unknown = res.end.bind(res)
    const endWithCookie = (...args: never): unknown => {
      if (!res.headersSent && own.length > 0) {
        const others = setCookies(res).filter((one) => !isOwn(one))
        res.setHeader('Set-Cookie', [...others, ...own])
        // Koa has removed this too, and caches may keep a 404.
        if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store')
      }
      return end(...args)
    }
    Object.assign(res, { end: endWithCookie })
    handleError(error)
  }
  Object.assign(ctx, { onerror })
}

function setCookies(res: Context['res']): string[] {
  return [res.getHeader('Set-Cookie') ?? []].flat().map(String)
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
