import type { Context } from 'koa'
import type {
  CounterName,
  CounterValue,
  FieldName,
  MaybeFields,
  ReferenceName,
  SessionRead,
  WriteValues,
} from '../fields/types.js'
import type { Config } from '../options/config.js'
import { parseMaxAge } from '../options/duration.js'
import type { Duration } from '../options/session-options.js'
import { type Changes, emptyValues, type Updated } from '../store/store.js'
import { createCSRFToken, verifyCSRFToken } from './csrf.js'
import { EndSignal } from './end-signal.js'
import { type EncodedSession, RequestSession, type WriteOptions } from './request-session.js'

/**
 * `ctx.session`: one visitor in one request. Nothing is read or sent until a method is called.
 * Concurrent calls run one after another.
 *
 * Every method rejects with `ERR_SESSION_STORE` if Redis cannot answer. Methods that write also
 * reject with
 *
 * - `ERR_SESSION_REVOKED`: the session has ended since this request found it alive;
 * - `ERR_SESSION_SUPERSEDED`: a newer cookie has just replaced this one;
 * - `ERR_SESSION_HEADERS_SENT`: the response can no longer carry a cookie.
 */
export class Session<F extends MaybeFields = undefined> {
  readonly #config: Config
  readonly #ctx: Context
  readonly #requestStartedAt = performance.now()
  #opened: RequestSession | undefined
  #endSignal: EndSignal | undefined

  constructor(ctx: Context, config: Config) {
    this.#ctx = ctx
    this.#config = config
  }

  get #request(): RequestSession {
    return (this.#opened ??= new RequestSession(this.#ctx, this.#config, this.#requestStartedAt))
  }

  /** @internal */
  static isOf<F extends MaybeFields>(config: Config, session: unknown): session is Session<F> {
    return session instanceof Session && session.#config === config
  }

  /** The session's id, read from the store. @internal */
  async ownId(): Promise<string | undefined> {
    const request = this.#request
    return (await request.inTurn(() => request.readConclusively([])))?.id
  }

  /**
   * The session's public id, for `Session.revoke`. `undefined` until another method has found the
   * session alive in this request.
   */
  get id(): string | undefined {
    return this.#request.id
  }

  /** The key of the session's Redis hash, for `client.hgetall(key)`. `undefined` where `id` is. */
  getKey(): string | undefined {
    const { id } = this
    return id === undefined ? undefined : this.#config.store.getSessionKey(id)
  }

  /**
   * Aborts when this session ends, on any server and for any reason: for streams and WebSockets. Its
   * reason has the code
   *
   * - `ERR_SESSION_REVOKED`: the session has ended, or the check found no live session;
   * - `ERR_SESSION_SUPERSEDED`: the cookie has just been replaced: have the browser reconnect;
   * - `ERR_SESSION_OPTIONS`: `Session.close()` was called before.
   *
   * A renewal does not abort it. While Redis cannot answer, it waits. It is released when the response
   * or its socket closes; a signal first used after that is already aborted.
   *
   * Its first use opens one extra connection per process, which `Session.close()` closes.
   *
   * @example
   * const { signal } = ctx.session
   * signal.addEventListener('abort', () => stream.end(), { once: true })
   */
  get signal(): AbortSignal {
    if (this.#endSignal === undefined || this.#endSignal.isStale(this.id)) {
      this.#endSignal = new EndSignal(this.#ctx, this.#request, this.#config.store)
    }
    return this.#endSignal.signal
  }

  /**
   * Reads the session from the store with one command, or starts one. With a superseded cookie it
   * starts none, and the result has no `id`.
   *
   * @param fields - all by default
   * @throws `ERR_SESSION_REVOKED` if the session has ended since this request found it alive
   * @throws `ERR_SESSION_FIELD` with `onUndecodable: 'throw'`
   */
  get(): Promise<SessionRead<F>>
  get<K extends FieldName<F>>(fields: K | readonly K[]): Promise<SessionRead<F, K>>
  async get(fields?: string | readonly string[]): Promise<object> {
    const names = this.#config.fields.encodeRead(fields)
    const { rolling } = this.#config
    const request = this.#request
    const found = await request.inTurn(
      async () => (await request.read(names, rolling)) ?? request.startEmpty(),
    )
    return this.#decode(found, names)
  }

  /**
   * Reads the session like `get`, but never starts or touches one, and sets no cookie. Without a
   * session it returns declared defaults only.
   */
  peek(): Promise<SessionRead<F>>
  peek<K extends FieldName<F>>(fields: K | readonly K[]): Promise<SessionRead<F, K>>
  async peek(fields?: string | readonly string[]): Promise<object> {
    const names = this.#config.fields.encodeRead(fields)
    const request = this.#request
    const found = await request.inTurn(() => request.read(names))
    return this.#decode(found ?? { values: emptyValues() }, names)
  }

  #decode({ id, values }: EncodedSession, names: readonly string[] | undefined): object {
    const decoded = this.#config.fields.decode(values, id, names)
    return id === undefined ? decoded : Object.assign(decoded, { id })
  }

  /**
   * Sets fields and leaves the others unchanged; `null` and `undefined` remove a field. Starts a
   * session if there is none. A changed reference renews the secret: same id, new cookie.
   *
   * @param maxAge - the session's idle timeout from now on, in ms or as `'30 days'`
   * @returns the values given
   * @throws `ERR_SESSION_FIELD` for a name or value that cannot be stored
   * @throws `ERR_SESSION_REVOKED` if all sessions with a reference's new value were revoked after
   * this request began
   * @throws `ERR_SESSION_LIMIT` if `max` sessions have that value, with `onMax: 'refuse'`
   */
  async set(values: WriteValues<F>, maxAge?: Duration): Promise<WriteValues<F>> {
    await this.#write({ ...this.#config.fields.encodeValues(values), ...parseMaxAge(maxAge) })
    return values
  }

  #write(changes: Changes, options?: WriteOptions): Promise<Updated | undefined> {
    const request = this.#request
    return request.inTurn(() => request.write(changes, options))
  }

  /**
   * Removes fields. Removing a reference renews the secret. Never starts a session.
   *
   * @param maxAge - as for `set`
   */
  async unset(fields: FieldName<F> | readonly FieldName<F>[], maxAge?: Duration): Promise<void> {
    const unset = this.#config.fields.encodeNames(fields)
    await this.#write({ unset, ...parseMaxAge(maxAge) }, { start: false })
  }

  /**
   * Restarts the idle timeout. Starts a session if there is none.
   *
   * @param maxAge - as for `set`
   */
  async touch(maxAge?: Duration): Promise<void> {
    await this.#write(parseMaxAge(maxAge), { resend: true })
  }

  /**
   * Adds a whole number to a field; a missing field counts as 0, whatever its default. Concurrent
   * increments all count. Starts a session if there is none.
   *
   * @returns the new value: a bigint for `field.bigint()`, else a number, exact up to 2^53
   * @throws `ERR_SESSION_FIELD` for a reference, and for a field that does not hold a 64-bit integer
   */
  increment<K extends CounterName<F>>(field: K, by?: number | bigint): Promise<CounterValue<F, K>>
  async increment(field: string, by: number | bigint = 1): Promise<unknown> {
    const { fields } = this.#config
    const increment = { name: field, by: fields.encodeIncrement(field, by) }
    const updated = await this.#write({ increment })
    return fields.decodeIncrement(field, updated?.incremented ?? increment.by)
  }

  /**
   * Renews the secret: same id and fields, new cookie. Call it when the visitor's rights change but
   * no reference does (OWASP ASVS 5.0, 7.2.4). Starts a session if there is none.
   */
  async regenerate(): Promise<void> {
    await this.#write({}, { renew: 'always' })
  }

  /**
   * Ends the session for good, if there is one, and clears the cookie. The next `get` starts another.
   */
  async delete(): Promise<void> {
    const request = this.#request
    await request.inTurn(() => request.end())
  }

  /**
   * Ends all other sessions with this session's value of a reference: "sign out my other devices".
   *
   * @returns how many it ended; 0 without such a value
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference
   */
  async revokeOthers(field: ReferenceName<F>): Promise<number> {
    this.#config.fields.checkReference(field)
    const request = this.#request
    const own = await request.inTurn(() => request.readConclusively([field]))
    const value = own?.values[field]
    if (value === undefined) return 0
    return this.#config.store.revokeAll(field, value, { except: own?.id })
  }

  /**
   * Creates a CSRF token. It is valid until the session's secret is renewed. Starts a session if there
   * is none.
   *
   * @param _session - ignored; version 3 needed it
   */
  async createCSRFToken(_session?: object): Promise<string> {
    const request = this.#request
    const secret = await request.inTurn(
      async () => (await request.secret()) ?? (await request.start({})).secret,
    )
    return createCSRFToken(secret)
  }

  /**
   * Whether a CSRF token is valid for this session; `false` without a session.
   *
   * @param input - the token; version 3 needed the session before it
   */
  async verifyCSRFToken(
    ...input: [session: object | undefined, token: unknown] | [token: unknown]
  ): Promise<boolean> {
    const request = this.#request
    const secret = await request.inTurn(() => request.secret())
    return secret !== undefined && verifyCSRFToken(secret, input.at(-1))
  }
}
