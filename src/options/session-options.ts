import type { FieldName, MaybeFields, ReferenceName, WriteValues } from '../fields/types.js'
import type { RedisClient } from '../store/redis/client/detection.js'
import type { StoreProvider } from '../store/store.js'
import type { Adopt } from './adoption.js'
import type { DeviceBinding } from './device-binding.js'

/** A number of ms, or a string such as `'28 days'` or `'1h'`. */
export type Duration = number | string

/** The options of one reference. `true` and `{}` mean the defaults. */
export interface ReferenceOptions {
  /**
   * Whether a change of the value renews the session's secret, against session fixation (OWASP ASVS
   * 5.0, 7.2.4). Turn it off for values that change without a change of rights, such as an address.
   * @default true
   */
  readonly rotate?: boolean
  /**
   * How many live sessions may have one value, from 1 to 1000 (OWASP ASVS 5.0, 7.1.2). It applies to
   * sign-ins from the time it is set.
   * @default none
   */
  readonly max?: number
  /**
   * What a sign-in beyond `max` does: it ends the sessions that signed in first, or is refused with
   * `ERR_SESSION_LIMIT`.
   * @default 'evict-oldest'
   */
  readonly onMax?: 'evict-oldest' | 'refuse'
}

/** The cookie's attributes, as for Koa's `ctx.cookies.set`. */
export interface CookieOptions {
  /** Send the cookie over TLS only. @default `ctx.secure` */
  readonly secure?: boolean
  /** Whether requests from other sites carry the cookie (RFC 6265bis, 5.6.7; OWASP ASVS 5.0, 3.3.2). @default 'lax' */
  readonly sameSite?: 'strict' | 'lax' | 'none' | boolean
  /** The domain, with its subdomains, that gets the cookie. @default this host alone */
  readonly domain?: string
  /** The path that gets the cookie, with all that is below it. @default '/' */
  readonly path?: string
  /** Sign the cookie with `app.keys`. Not needed: its secret cannot be guessed. @default false */
  readonly signed?: boolean
  /** Hide the cookie from scripts. @default true */
  readonly httpOnly?: boolean
  /** Whether an embedded site has a cookie jar for each site that embeds it (CHIPS). @default `false` */
  readonly partitioned?: boolean
  /** Chromium drops cookies of low priority first if a site has too many. @default none */
  readonly priority?: 'low' | 'medium' | 'high'
}

/** The options of `sessions(app, options)`. */
export interface SessionOptions<F extends MaybeFields = undefined> extends CookieOptions {
  /**
   * A connected client of ioredis 5 or 6 (single, Sentinel, Cluster) or of node-redis 5 or 6 (client,
   * pool, cluster). Without one, sessions are in this process's memory.
   */
  readonly client?: RedisClient
  /** A store in place of a client: `new MemoryStore()`. */
  readonly store?: StoreProvider
  /**
   * The kinds of all fields: `{ user_id: field.number() }`. Reads then return values of these kinds,
   * and other names are refused. Without it, fields have any name and are read back as strings.
   */
  readonly fields?: F
  /**
   * What to do with a stored string that does not decode as its field is declared: read it as absent,
   * or throw `ERR_SESSION_FIELD`. Either way it is published on the diagnostics channel
   * `koa-redis-session-sets:field-undecodable`.
   * @default 'absent'
   */
  readonly onUndecodable?: 'absent' | 'throw'
  /** The fields to find sessions by. @default {} */
  readonly references?: {
    // `never` rather than no name: if all fields were JSON, a type without names would allow any.
    readonly [Name in FieldName<F>]?: Name extends ReferenceName<F>
      ? ReferenceOptions | true
      : never
  }
  /** Idle timeout: each write or touch restarts it. @default '28 days' */
  readonly maxAge?: Duration
  /** Absolute timeout, from the last `signIn`, or without one from the session's creation. @default none */
  readonly absoluteMaxAge?: Duration
  /** Longest idle timeout of a session without fields. @default '1 hour' */
  readonly emptyMaxAge?: Duration
  /**
   * Whether the cookie outlives the browser. `false`: only if a call sets its own `maxAge`, as for
   * "remember me".
   * @default true
   */
  readonly persistent?: boolean
  /** Whether `get` and `peek` touch the session; a duration: only once it has been idle that long. @default false */
  readonly rolling?: boolean | Duration
  /**
   * The start of every Redis key. Give each application its own: with the same prefix on one Redis, two
   * applications accept each other's cookies, and `revokeAll` ends the sessions of both.
   * @default 'session'
   */
  readonly prefix?: string
  /** Number of random bytes in the secret, from 16 to 128. @default 24 */
  readonly byteLength?: number
  /** The cookie's name. @default 'session-id'; '__Host-session-id' where `secure` allows it */
  readonly key?: string
  /** How long a call waits for Redis: at most 30 seconds. @default '3 seconds' */
  readonly timeout?: Duration
  /**
   * Binds sessions to the devices that sign in, where the browser can: `deviceBound()` from
   * `koa-redis-session-sets/device-bound`. It needs `secure: true`.
   * @default none
   */
  readonly binding?: DeviceBinding
  /**
   * Signs visitors in by the session of the library that the application used before. Called at the first use of
   * `ctx.session` in a request without a session; it, and what it returns, may take `timeout` each. `koa-redis-session-sets/adopt`
   * has it for koa-session, koa-generic-session, express-session and version 3 of this package.
   * @default none
   */
  readonly adopt?: Adopt<WriteValues<F>>
  /** `true`: use the cluster protocol for a client that hides a cluster, such as a proxy's. */
  readonly cluster?: boolean
}
