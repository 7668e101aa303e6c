import type { FieldName, MaybeFields, ReferenceName } from './fields/types.js'
import type { RedisClient } from './store/redis/clients/connect.js'
import type { StoreProvider } from './store/store.js'

/** A time: a number of ms, or a text such as `'28 days'` or `'1h'`. */
export type Duration = number | string

/** How one reference behaves. `true` and `{}` are the defaults. */
export interface ReferenceOptions {
  /**
   * Whether a change of the value renews the session's secret, against session fixation. Switch it
   * off for what changes without a change of rights, such as an address.
   * (OWASP ASVS 5.0, 7.2.4: a new session token on authentication.)
   * @default true
   */
  readonly rotate?: boolean
  /**
   * How many sessions may have one value at once: 1 to 1000. It counts those that sign in from when it
   * is set. (OWASP ASVS 5.0, 7.1.2: a limit of parallel sessions.)
   * @default none
   */
  readonly max?: number
  /**
   * What happens to one more: the sessions that signed in first are ended, or the new one is refused
   * with `ERR_SESSION_LIMIT`.
   * @default 'evict-oldest'
   */
  readonly onMax?: 'evict-oldest' | 'refuse'
}

/** The cookie's attributes, as Koa's `ctx.cookies.set` takes them. */
export interface CookieOptions {
  /** Send it over TLS only. @default as the request: `ctx.secure` */
  readonly secure?: boolean
  /** @default 'lax' */
  readonly sameSite?: 'strict' | 'lax' | 'none' | boolean
  readonly domain?: string
  /** @default '/' */
  readonly path?: string
  /** Sign it with `app.keys`. Not needed: nobody can guess the secret in it. @default false */
  readonly signed?: boolean
  /** Hide it from scripts. @default true */
  readonly httpOnly?: boolean
  readonly partitioned?: boolean
  readonly priority?: 'low' | 'medium' | 'high'
}

/** The options of `sessions(app, options)`. */
export interface SessionOptions<F extends MaybeFields = undefined> extends CookieOptions {
  /**
   * A client of ioredis 5 or 6 (single, Sentinel, Cluster) or of node-redis 5 or 6 (client, pool,
   * cluster), connected by you. Without one, sessions live in this process.
   */
  readonly client?: RedisClient
  /** A store instead of a client: `new MemoryStore()`. */
  readonly store?: StoreProvider
  /**
   * The kinds of all fields: `{ user_id: field.number() }`. Then reads give values of these kinds, and
   * other names are refused. Without it a field has any name and comes back as text.
   */
  readonly fields?: F
  /**
   * What to do with a text in Redis that does not decode as its field is declared, as an older version
   * of the application may have written it: read it as absent, or throw `ERR_SESSION_FIELD`. Both tell
   * the diagnostics channel `koa-redis-session-sets:field-undecodable`.
   * @default 'absent'
   */
  readonly onUndecodable?: 'absent' | 'throw'
  /** The fields whose values can be searched for. @default {} */
  readonly references?: {
    // JSON is named, and refused: where all fields are JSON, no name at all would allow every name.
    readonly [Name in FieldName<F>]?: Name extends ReferenceName<F>
      ? ReferenceOptions | true
      : never
  }
  /** Idle time: a session ends when nothing wrote or touched it for so long. @default '28 days' */
  readonly maxAge?: Duration
  /** The end of every session, counted from its creation, whatever happens. @default none */
  readonly absoluteMaxAge?: Duration
  /** Idle time, at most, of a session without fields: of a visitor who only looks. @default '1 hour' */
  readonly emptyMaxAge?: Duration
  /**
   * Whether the cookie outlives the browser. With `false` it does so only where a call gave its own
   * `maxAge`, which is what "remember me" needs.
   * @default true
   */
  readonly persistent?: boolean
  /** Whether `get` touches the session: at each call, or when so much time has passed. @default false */
  readonly rolling?: boolean | Duration
  /** What all keys in Redis begin with. @default 'session' */
  readonly prefix?: string
  /** The bytes of chance in a cookie's secret, 16 to 128. @default 24 */
  readonly byteLength?: number
  /** The cookie's name. @default 'session-id'; '__Host-session-id' where `secure` allows it */
  readonly key?: string
  /** How long a call may wait for Redis: up to 30 seconds. @default '3 seconds' */
  readonly timeout?: Duration
  /** `true` keeps to what a cluster allows although the client does not show one, behind a proxy. */
  readonly cluster?: boolean
}
