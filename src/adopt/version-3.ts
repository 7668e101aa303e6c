import { optionsError, SessionError } from '../errors.js'
import type { Adopt } from '../options/adoption.js'
import { isObject } from '../options/checks.js'
import { readKoaCookie } from './old-cookie.js'
import {
  type AdoptOptions,
  checkAdoptOptions,
  checkSigned,
  oldSession,
  type OldValues,
} from './old-session.js'

/** The options of version 3 that say where its sessions are. All others are ignored. */
export interface Version3Options {
  /** That of ioredis, without a `keyPrefix` that version 3 did not have. */
  readonly client: {
    /** Reads a session. */
    hgetall(key: string): Promise<unknown>
    /** Resolves to its remaining time to live, ms. */
    pttl(key: string): Promise<number>
    /** Ends it. */
    del(key: string): Promise<unknown>
    /** Takes it out of a set. */
    srem(key: string, member: string): Promise<unknown>
  }
  /** The name of its cookie. @default 'session-id' */
  readonly key?: string | undefined
  /** Whether its cookie is signed by `app.keys`. @default true */
  readonly signed?: boolean | undefined
  /** The path of its cookie. @default '/' */
  readonly path?: string | undefined
  /** The domain of its cookie. @default none */
  readonly domain?: string | undefined
  /** The prefix of its keys in Redis. @default '' */
  readonly prefix?: string | undefined
  /** Without a `prefix` its keys begin with `koa-redis-session-sets:NAMESPACE`. @default none */
  readonly namespace?: string | undefined
  /** The fields whose values have sets. An adopted session is taken out of them. @default none */
  readonly references?: object | undefined
}

/**
 * Adopts the sessions of version 3 of this package. The application's `keys` must be the ones of before.
 *
 * @example
 * adopt: fromVersion3(oldOptions, {
 *   values: ({ user_id }: { user_id?: string }) => user_id && { user_id },
 * })
 * @param oldOptions - as version 3 had them
 * @throws `ERR_SESSION_OPTIONS` for cookies that are not signed, unless `allowUnsigned` is set
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the old options hold others, which are ignored
export function fromVersion3<Values, Old extends Version3Options>(
  oldOptions: Old,
  options: AdoptOptions<Values>,
): Adopt<Values> {
  checkAdoptOptions('fromVersion3', options)
  const { client, key = 'session-id', signed = true, path, domain, references = {} } = oldOptions
  if (typeof client?.hgetall !== 'function' || typeof client.srem !== 'function') {
    throw optionsError('fromVersion3 needs the "client" of before: that of ioredis')
  }
  checkSigned('fromVersion3', signed, options)
  const cookieOptions = { key, signed, path, domain }
  const prefix = prefixOf(oldOptions)

  return (ctx) => {
    const cookie = readKoaCookie(ctx, cookieOptions)
    if (cookie === undefined) return undefined
    const hash = `${prefix}:{${cookie.value}}`
    let values: OldValues = {}
    return oldSession(ctx, cookie, options, cookieOptions, {
      load: async () => {
        values = toValues(await client.hgetall(hash))
        const { id, _csrf_secret, ...session } = values
        // A hash of version 4 has no such field, and its ids are public.
        if (id !== cookie.value) return undefined
        const left = await client.pttl(hash)
        // -2: it has just expired; -1: it has no time to live.
        if (left === -2) return undefined
        return { session, expiresAt: left < 0 ? undefined : Date.now() + left }
      },
      end: async () => {
        await client.del(hash)
        for (const field of Object.keys(references)) {
          const value = values[field] as string | undefined
          if (value !== undefined) await client.srem(`${prefix}:${field}:{${value}}`, cookie.value)
        }
      },
    })
  }
}

function prefixOf({ prefix = '', namespace }: Version3Options): string {
  if (prefix !== '' || namespace === undefined || namespace === '') return prefix
  return `koa-redis-session-sets:${namespace}`
}

/** @throws `ERR_SESSION_STORE` where the application has changed its client's replies */
function toValues(reply: unknown): OldValues {
  if (isObject(reply)) return reply as OldValues
  throw new SessionError('ERR_SESSION_STORE', 'the client replied to HGETALL with something else')
}
