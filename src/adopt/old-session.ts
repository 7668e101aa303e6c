import type { Context } from 'koa'
import { optionsError } from '../errors.js'
import type { OldSession } from '../options/adoption.js'
import { isObject } from '../options/checks.js'
import { ADOPTABLE_FOR } from '../store/store.js'
import { clearOldCookie, type OldCookie, type OldCookieOptions } from './old-cookie.js'

/** What the old session held, without what its library kept there for itself. */
export type OldValues = Record<string, unknown>

/** The fields of the new session. Anything else means that the old one is not worth keeping. */
type NewValues<Values> = Values | undefined | null | false | '' | 0

/** What the old library's options do not say. */
export interface AdoptOptions<Values> {
  /**
   * The fields of the new session, from those of the old one. `undefined`, another falsy value or an object without
   * values: it is not worth keeping, as nobody is signed in to it, say, and it stays as it is. A method, so that its
   * parameter may be declared with the types that the old session had.
   */
  values(session: OldValues, ctx: Context): NewValues<Values> | Promise<NewValues<Values>>
  /**
   * Whether the old session and its cookie stay as they are, for a way back. Otherwise both end once the new session
   * has been created.
   * @default false
   */
  readonly keep?: boolean | undefined
  /**
   * Whether ids count whose cookie has no signature. Anybody who can read Redis, or a copy of it, can then sign in by the
   * old ids that it holds, until the last old session is over.
   * @default false
   */
  readonly allowUnsigned?: boolean | undefined
}

/** An old session, and until when it lives, ms since 1970; `undefined` where that is not sure. */
export interface Loaded {
  readonly session: OldValues
  readonly expiresAt: number | undefined
}

/** A store of an old library: by its methods' names, as libraries declare their parameters in many ways. */
export interface AnyStore {
  get(...args: never[]): unknown
  destroy(...args: never[]): unknown
}

/** How one library keeps the session of a cookie. */
export interface OldStore {
  /** `undefined` where there is none (any more). */
  load(): Loaded | undefined | Promise<Loaded | undefined>
  /** Left out: the cookie itself is the session. */
  end?(): unknown
}

const OPTIONS: ReadonlySet<string> = new Set(['allowUnsigned', 'keep', 'values'])

/** Ids that are shorter can be guessed. */
const SHORTEST_ID = 16

/** @throws `ERR_SESSION_OPTIONS` for what cannot work, when the application starts */
export function checkAdoptOptions(name: string, options: AdoptOptions<unknown>): void {
  if (!isObject(options) || typeof options.values !== 'function') {
    throw optionsError(
      `${name} needs the options of the library before, and then an object with "values", a function from the old ` +
        'session to the new fields',
    )
  }
  const { keep = false, allowUnsigned = false } = options
  const unknown = Object.keys(options).find((each) => !OPTIONS.has(each))
  if (unknown !== undefined) throw optionsError(`${name} has no option "${unknown}"`)
  if (typeof keep !== 'boolean' || typeof allowUnsigned !== 'boolean') {
    throw optionsError(`${name}: "keep" and "allowUnsigned" must be true or false`)
  }
}

/** @throws `ERR_SESSION_OPTIONS` unless unsigned cookies were asked for */
export function checkSigned(
  name: string,
  isSigned: boolean,
  { allowUnsigned }: AdoptOptions<unknown>,
): void {
  if (isSigned || allowUnsigned === true) return
  throw optionsError(
    `${name}: the old cookies are not signed, so whoever can read the old store could sign in; ` +
      'to accept that until the last of them is over, set allowUnsigned: true',
  )
}

/** @throws `ERR_SESSION_OPTIONS` for a store that cannot be asked */
export function checkStore(name: string, store: unknown): void {
  const { get, destroy } = (store ?? {}) as { get?: unknown; destroy?: unknown }
  if (typeof get === 'function' && typeof destroy === 'function') return
  throw optionsError(`${name} needs the "store" of the library before`)
}

/** What `options.adopt` returns for an old cookie. */
export function oldSession<Values>(
  ctx: Context,
  cookie: OldCookie,
  options: AdoptOptions<Values>,
  cookieOptions: OldCookieOptions,
  store: OldStore,
): OldSession<Values> | undefined {
  if (cookie.text.length < SHORTEST_ID) return undefined
  const { keep = false } = options
  // A session that is kept may be extended there, but a cookie with its end in it is over then.
  const isSure = store.end === undefined || !keep
  let expiresAt: number | undefined
  return {
    from: cookie.text,
    values: async () => {
      const loaded = await store.load()
      if (isSure) expiresAt = loaded?.expiresAt
      return (loaded && (await options.values(loaded.session, ctx))) || undefined
    },
    until: () => expiresAt ?? Date.now() + ADOPTABLE_FOR,
    done: async () => {
      if (keep) return
      clearOldCookie(ctx, cookieOptions)
      await store.end?.()
    },
  }
}

/** A session that holds its cookie's `expires`, as express-session and koa-generic-session store it. */
export function withCookie(found: unknown): Loaded | undefined {
  if (!isObject(found)) return undefined
  const { cookie, ...session } = found as OldValues
  const expiresAt = toTime((cookie as { expires?: unknown } | undefined)?.expires)
  return expiresAt !== undefined && expiresAt < Date.now() ? undefined : { session, expiresAt }
}

/** A time as libraries store it: a `Date`, its string, or ms since 1970. `undefined` for none. */
function toTime(value: unknown): number | undefined {
  if (!(value instanceof Date) && typeof value !== 'string' && typeof value !== 'number')
    return undefined
  const time = new Date(value).getTime()
  return Number.isNaN(time) ? undefined : time
}
