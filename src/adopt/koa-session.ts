import type { Context } from 'koa'
import { optionsError } from '../errors.js'
import type { Adopt } from '../options/adoption.js'
import { isObject } from '../options/checks.js'
import { readKoaCookie } from './old-cookie.js'
import {
  type AdoptOptions,
  type AnyStore,
  checkAdoptOptions,
  checkSigned,
  checkStore,
  type Loaded,
  oldSession,
  type OldStore,
  type OldValues,
} from './old-session.js'

interface Store {
  get(key: string, maxAge: unknown, options: object): unknown
  destroy(key: string, options: object): unknown
}

/** The options of koa-session that say where its sessions are. All others are ignored. */
export interface KoaSessionOptions {
  /** The name of its cookie. @default 'koa.sess' */
  readonly key?: string | undefined
  /** Whether its cookie is signed by `app.keys`. @default true */
  readonly signed?: boolean | undefined
  /** The path of its cookie. @default '/' */
  readonly path?: string | undefined
  /** The domain of its cookie. @default none */
  readonly domain?: string | undefined
  /** The lifetime of a session in ms, passed to its store. @default 1 day */
  readonly maxAge?: number | 'session' | undefined
  /** Passed to its store. @default false */
  readonly rolling?: boolean | undefined
  /** Without a store, sessions are in the cookie itself. */
  readonly store?: AnyStore | undefined
  /** A class of stores, one for each request. */
  readonly ContextStore?: (new (ctx: never) => AnyStore) | undefined
  /** Where it kept the id, if not in a cookie. Needs `allowUnsigned`. */
  readonly externalKey?:
    | {
        /** Returns the id. */
        get(ctx: never): string | undefined
      }
    | undefined
  /** Decodes a session that is in the cookie itself. @default JSON in base64 */
  readonly decode?: ((text: string) => unknown) | undefined
  /** Called with the context and the session. If it returns a falsy value, the session is ignored. */
  readonly valid?: ((ctx: never, session: never) => unknown) | undefined
}

/**
 * Adopts the sessions of koa-session (tried with 7.0), whether it keeps them in a store or in the cookie alone. The
 * application's `keys` must be the ones of before.
 *
 * In the cookie alone each text is a session of its own: where koa-session sent a cookie again at each response
 * (`rolling`, `renew`, a changed field), a copy of an older text makes a session of its own until it expires.
 *
 * @example
 * const Session = sessions(app, {
 *   client,
 *   references: { user_id: {} },
 *   adopt: fromKoaSession(oldOptions, {
 *     values: ({ userId }: { userId?: string }) => userId && { user_id: userId },
 *   }),
 * })
 * @param oldOptions - as koa-session had them
 * @throws `ERR_SESSION_OPTIONS` for cookies that are not signed, unless `allowUnsigned` is set; for sessions in the cookie
 * alone, which anybody could write then, in any case
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the old options hold others, which are ignored
export function fromKoaSession<Values, Old extends KoaSessionOptions>(
  oldOptions: Old,
  options: AdoptOptions<Values>,
): Adopt<Values> {
  checkAdoptOptions('fromKoaSession', options)
  const { key = 'koa.sess', signed = true, path, domain, store, ContextStore } = oldOptions
  const { externalKey, decode = decodeBase64 } = oldOptions
  const isStored = store !== undefined || ContextStore !== undefined
  if (store !== undefined) checkStore('fromKoaSession', store)
  if (!isStored && !signed) {
    throw optionsError(
      'fromKoaSession: without a store and without signatures anybody can write such cookies',
    )
  }
  checkSigned('fromKoaSession', signed && externalKey === undefined, options)
  const cookieOptions = { key, signed, path, domain }

  return (ctx) => {
    const cookie = externalKey === undefined ? readKoaCookie(ctx, cookieOptions) : external(ctx)
    if (cookie === undefined) return undefined
    const where = isStored ? stored(ctx, cookie.value) : inCookie(ctx, cookie.value)
    return oldSession(ctx, cookie, options, cookieOptions, where)
  }

  function external(ctx: Context) {
    const value = externalKey?.get(ctx as never)
    return value === undefined || value === '' ? undefined : { value, text: value }
  }

  function inCookie(ctx: Context, text: string): OldStore {
    return {
      load: () => {
        let session: unknown
        try {
          session = decode(text)
        } catch {
          // As koa-session does: it is none.
        }
        return toLoaded(ctx, session, oldOptions)
      },
    }
  }

  function stored(ctx: Context, id: string): OldStore {
    const { maxAge = DAY, rolling = false } = oldOptions
    const old = (ContextStore === undefined ? store : new ContextStore(ctx as never)) as Store
    return {
      load: async () => toLoaded(ctx, await old.get(id, maxAge, { ctx, rolling }), oldOptions),
      end: () => old.destroy(id, { ctx }),
    }
  }
}

const DAY = 24 * 3_600_000

function decodeBase64(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
}

function toLoaded(
  ctx: Context,
  session: unknown,
  { valid }: KoaSessionOptions,
): Loaded | undefined {
  if (!isObject(session)) return undefined
  const { _expire: expires, _maxAge, _session, ...values } = session as OldValues
  const expiresAt = typeof expires === 'number' ? expires : undefined
  if (expiresAt !== undefined && expiresAt < Date.now()) return undefined
  if (valid !== undefined && !valid(ctx as never, session as never)) return undefined
  return { session: values, expiresAt }
}
