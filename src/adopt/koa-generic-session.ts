import { isObject } from '../options/checks.js'
import type { Adopt } from '../options/adoption.js'
import { attributesOf, readKoaCookie } from './old-cookie.js'
import {
  type AdoptOptions,
  type AnyStore,
  checkAdoptOptions,
  checkSigned,
  checkStore,
  oldSession,
  withCookie,
} from './old-session.js'

interface Store {
  get(id: string): unknown
  destroy(id: string): unknown
}

/** The options of koa-generic-session that say where its sessions are. All others are ignored. */
export interface KoaGenericSessionOptions {
  /** The name of its cookie. @default 'koa.sid' */
  readonly key?: string | undefined
  /** The prefix of its keys in the store. @default 'koa:sess:' */
  readonly prefix?: string | undefined
  /** Such as that of koa-redis. */
  readonly store: AnyStore
  /** Its `signed` (true by default), `path` and `domain`. */
  readonly cookie?: object | undefined
  /** Where it kept the id, if not in a cookie. Needs `allowUnsigned`. */
  readonly sessionIdStore?:
    | {
        /** Returns the id; called with the context as `this`. */
        get(): string | undefined
      }
    | undefined
  /** Called with the context and the session. If it returns a falsy value, the session is ignored. */
  readonly valid?: ((ctx: never, session: never) => unknown) | undefined
}

/**
 * Adopts the sessions of koa-generic-session (tried with 2.3 and koa-redis 4.0). The application's `keys` must be
 * the ones of before.
 *
 * @example
 * adopt: fromKoaGenericSession(oldOptions, {
 *   values: ({ user }: { user?: { id: number } }) => user && { user_id: user.id },
 * })
 * @param oldOptions - as koa-generic-session had them
 * @throws `ERR_SESSION_OPTIONS` for cookies that are not signed, unless `allowUnsigned` is set
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the old options hold others, which are ignored
export function fromKoaGenericSession<Values, Old extends KoaGenericSessionOptions>(
  oldOptions: Old,
  options: AdoptOptions<Values>,
): Adopt<Values> {
  checkAdoptOptions('fromKoaGenericSession', options)
  const { key = 'koa.sid', prefix = 'koa:sess:', cookie, sessionIdStore, valid } = oldOptions
  const store: Store = oldOptions.store
  const { signed = true, path, domain } = attributesOf(cookie)
  checkStore('fromKoaGenericSession', store)
  checkSigned('fromKoaGenericSession', signed && sessionIdStore === undefined, options)
  const cookieOptions = { key, signed, path, domain }

  return (ctx) => {
    const id = sessionIdStore?.get.call(ctx)
    const own =
      sessionIdStore === undefined
        ? readKoaCookie(ctx, cookieOptions)
        : id && { value: id, text: id }
    if (!own) return undefined
    return oldSession(ctx, own, options, cookieOptions, {
      load: async () => {
        const session = await store.get(prefix + own.value)
        if (!isObject(session)) return undefined
        if (valid !== undefined && !valid(ctx as never, session as never)) return undefined
        // `ttl` may have the store keep a session for longer than `cookie.maxAge` says, so only `expires` is sure.
        return withCookie(session)
      },
      end: () => store.destroy(prefix + own.value),
    })
  }
}
