import type { Context } from 'koa'
import { optionsError } from '../errors.js'
import { canSendHeaders, valuesOf } from '../koa/cookie.js'
import { keepCookies } from '../koa/response-cookies.js'

/** The attributes by which a browser tells one cookie from another. */
export interface OldCookieOptions {
  readonly key: string
  readonly signed: boolean
  readonly path?: string | undefined
  readonly domain?: string | undefined
}

/** What an old `cookie` option says of these. A function says nothing. */
export function attributesOf(cookie: object = {}): Omit<Partial<OldCookieOptions>, 'key'> {
  const { signed, path, domain } = cookie as Partial<OldCookieOptions>
  return { path, domain, ...(signed === undefined ? {} : { signed }) }
}

export interface OldCookie {
  readonly value: string
  /** The value with its signature, which is nowhere but in the browser. */
  readonly text: string
}

/** How many cookies of one name are read. */
const MAX_COOKIES = 4

/** A cookie that Koa signed, by `app.keys`; the first one whose signature is right. */
export function readKoaCookie(
  ctx: Context,
  { key, signed }: OldCookieOptions,
): OldCookie | undefined {
  const values = oldValues(ctx, key)
  if (values.length === 0) return undefined
  const [first = ''] = values
  if (!signed) return { value: first, text: first }
  const { keys } = ctx.cookies as unknown as {
    keys?: { verify(data: string, signature: string): boolean }
  }
  if (keys === undefined) {
    throw optionsError('app.keys is not set: without the old keys no old cookie can be verified')
  }
  const signatures = oldValues(ctx, `${key}.sig`)
  for (const value of values) {
    const signature = signatures.find((one) => keys.verify(`${key}=${value}`, one))
    if (signature !== undefined) return { value, text: `${value}.${signature}` }
  }
  return undefined
}

/** The values of all cookies of a name, but the empty ones. */
export function oldValues(ctx: Context, key: string): string[] {
  return valuesOf(ctx.req.headers.cookie ?? '', key)
    .filter((value) => value !== '')
    .slice(0, MAX_COOKIES)
}

/** Has the browser remove the cookie, also from an error page, unless that of the new session has the same name. */
export function clearOldCookie(
  ctx: Context,
  { key, signed, path = '/', domain }: OldCookieOptions,
): void {
  if (!canSendHeaders(ctx)) return
  const set = [ctx.res.getHeader('Set-Cookie') ?? []].flat().map(String)
  if (set.some((one) => one.startsWith(`${key}=`))) return
  ctx.cookies.set(key, null, { path, signed, ...(domain === undefined ? {} : { domain }) })
  keepCookies(ctx.res, signed ? [key, `${key}.sig`] : [key])
}
