import { optionsError } from '../errors.js'
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
import { parseMaxAge, toMs } from '../options/duration.js'
import type { Duration } from '../options/session-options.js'
import { type Changes, emptyValues, type Updated } from '../store/store.js'
import { createCSRFToken, verifyCSRFToken } from './csrf.js'
import { checkEndOptions, type EndOptions } from './end-options.js'
import { guardMethods, targetOf } from './guard.js'
import type { WriteOptions } from './request-session.js'
import type { EncodedSession } from './session-reader.js'
import { SessionView } from './session-view.js'
import { encodeSignIn } from './sign-in.js'

/** The options of `ctx.session.peek`. */
export interface PeekOptions {
  /** Whether `rolling` applies, as for `get`. @default true */
  readonly touch?: boolean
}

/**
 * `ctx.session`: one visitor in one request. Nothing is read or sent until a method is called.
 * Concurrent calls run one after another.
 *
 * Every method rejects with `ERR_SESSION_STORE` if Redis cannot answer. Methods that write also
 * reject with
 *
 * - `ERR_SESSION_REVOKED`: the session has ended since this request found it alive;
 * - `ERR_SESSION_SUPERSEDED`: a newer cookie has just replaced this one;
 * - `ERR_SESSION_UNPROVEN`: the session is bound to a device, and this request has no proof of it;
 * - `ERR_SESSION_HEADERS_SENT`: the response can no longer carry a cookie.
 */
export class Session<F extends MaybeFields = undefined> extends SessionView {
  /** @internal */
  static isOf<F extends MaybeFields>(config: Config, session: unknown): session is Session<F> {
    return session instanceof Session && targetOf(session).config === config
  }

  /**
   * Reads all fields of the session, or those named, with one command. Starts a session if there is none; with a
   * superseded cookie it starts none, and the result has no `id`.
   *
   * @returns the fields, and the session's `id`; a field that the session does not have is `undefined`, or its default
   * @throws `ERR_SESSION_REVOKED` if the session has ended since this request found it alive
   * @throws `ERR_SESSION_FIELD` with `onUndecodable: 'throw'`
   */
  get(): Promise<SessionRead<F>>
  get<K extends FieldName<F>>(fields: K | readonly K[]): Promise<SessionRead<F, K>>
  async get(fields?: string | readonly string[]): Promise<object> {
    const names = this.config.fields.encodeRead(fields)
    const { rolling } = this.config
    const request = this.request
    const found = await request.inTurn(
      async () => (await request.read(names, rolling)) ?? request.startEmpty(),
    )
    return this.#decode(found, names)
  }

  /**
   * Reads the session like `get`, but never starts one. Without a session it returns declared defaults only.
   *
   * @param fields - the names of the fields to read; all by default
   * @param options - `touch: false` does not restart the idle timeout with `rolling`: for pages that poll
   * @returns as `get`; without a session there is no `id`
   * @throws `ERR_SESSION_FIELD` with `onUndecodable: 'throw'`
   */
  peek(fields?: undefined, options?: PeekOptions): Promise<SessionRead<F>>
  peek<K extends FieldName<F>>(
    fields: K | readonly K[],
    options?: PeekOptions,
  ): Promise<SessionRead<F, K>>
  async peek(fields?: string | readonly string[], options: PeekOptions = {}): Promise<object> {
    const names = this.config.fields.encodeRead(fields)
    const { touch = true } = options
    const request = this.request
    const rolling = touch ? this.config.rolling : undefined
    const found = await request.inTurn(() => request.read(names, rolling))
    return this.#decode(found ?? { values: emptyValues() }, names)
  }

  #decode({ id, values }: EncodedSession, names: readonly string[] | undefined): object {
    const decoded = this.config.fields.decode(values, id, names)
    return id === undefined ? decoded : Object.assign(decoded, { id })
  }

  /**
   * Signs in somebody whose credentials have been checked. It always renews the secret, even for the same user
   * again, and records the time, from which `absoluteMaxAge` counts (OWASP ASVS 5.0, 7.2.4). Starts a session if
   * there is none, or if this request's was superseded or has ended.
   *
   * If nobody was signed in, other fields stay: the basket of a visitor. If a rotating reference had a value and
   * is not given again with the same one, all other fields are removed, and so is the session's own idle timeout, even
   * if that reference was removed meanwhile.
   *
   * @example
   * await ctx.session.signIn({ user_id: user.id })
   * @param values - the fields to set, a rotating reference among them
   * @param maxAge - the session's idle timeout from now on, in ms or as `'30 days'`
   * @throws `ERR_SESSION_FIELD` if a rotating reference is `null`, or `references` has some and none is given
   * @throws `ERR_SESSION_REVOKED` if all sessions with a reference's new value were revoked after
   * this request began
   * @throws `ERR_SESSION_LIMIT` if `max` sessions have that value, with `onMax: 'refuse'`
   * @returns the values given
   */
  async signIn(values: WriteValues<F>, maxAge?: Duration): Promise<WriteValues<F>> {
    await this.#write(encodeSignIn(this.config, values, maxAge), { renew: 'always' })
    return values
  }

  /**
   * Rejects unless somebody signed in to this session recently, by Redis's clock: for pages that ask for the password
   * again.
   *
   * @param maxAge - how long ago the sign-in may be, in ms or as `'10 minutes'`
   * @throws `ERR_SESSION_STALE` (403), also without a session (OWASP ASVS 5.0, 7.5.1 and 7.5.3)
   */
  async requireFresh(maxAge: Duration): Promise<void> {
    const ms = toMs('maxAge', maxAge)
    const request = this.request
    await request.inTurn(() => request.requireFresh(ms))
  }

  /**
   * Sets fields and leaves the others unchanged; `null` and `undefined` remove a field. Starts a
   * session if there is none. A changed reference renews the secret: same id, new cookie. It is not a sign-in:
   * all other fields stay, so to change who is signed in, call `signIn`.
   *
   * @param values - the fields to set
   * @param maxAge - the session's idle timeout from now on, in ms or as `'30 days'`
   * @returns the values given
   * @throws `ERR_SESSION_FIELD` for a name or value that cannot be stored
   * @throws `ERR_SESSION_REVOKED` if all sessions with a reference's new value were revoked after
   * this request began
   * @throws `ERR_SESSION_LIMIT` if `max` sessions have that value, with `onMax: 'refuse'`
   */
  async set(values: WriteValues<F>, maxAge?: Duration): Promise<WriteValues<F>> {
    const { set, unset } = this.config.fields.encodeValues(values)
    await this.#write({ set, unset, maxAge: parseMaxAge(maxAge) })
    return values
  }

  #write(changes: Changes, options?: WriteOptions): Promise<Updated | undefined> {
    const request = this.request
    return request.inTurn(() => request.write(changes, options))
  }

  /**
   * Removes fields. Removing a rotating reference renews the secret. Never starts a session.
   *
   * @param fields - their names
   * @param maxAge - as for `set`
   */
  async unset(fields: FieldName<F> | readonly FieldName<F>[], maxAge?: Duration): Promise<void> {
    const unset = this.config.fields.encodeNames(fields)
    await this.#write({ unset, maxAge: parseMaxAge(maxAge) }, { start: false })
  }

  /**
   * Restarts the idle timeout. Starts a session if there is none.
   *
   * @param maxAge - as for `set`
   */
  async touch(maxAge?: Duration): Promise<void> {
    await this.#write({ maxAge: parseMaxAge(maxAge) }, { resend: true })
  }

  /**
   * Adds a whole number to a field; a missing field counts as 0, whatever its default. Concurrent
   * increments all count. Starts a session if there is none.
   *
   * @param field - its name
   * @param by - a whole number, 1 by default; may be negative
   * @returns the new value: a bigint for `field.bigint()`, else a number, exact up to 2^53
   * @throws `ERR_SESSION_FIELD` for a reference, and for a field that does not hold a 64-bit integer
   */
  increment<K extends CounterName<F>>(field: K, by?: number | bigint): Promise<CounterValue<F, K>>
  async increment(field: string, by: number | bigint = 1): Promise<unknown> {
    const { fields } = this.config
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
   *
   * @param options - `reason`: what streams and other tabs with its cookie are told
   */
  async delete(options: EndOptions = {}): Promise<void> {
    const reason = checkEndOptions('delete', options)
    const request = this.request
    await request.inTurn(() => request.end(reason))
  }

  /**
   * Ends another session of the same user, say: only if it has this session's value of a reference.
   *
   * @param id - as `Session.find` yields it
   * @param options - `reason`: what its browser is told
   * @returns whether it ended
   * @throws `ERR_SESSION_OPTIONS` for this session's own id: call `delete()`
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference
   */
  async revoke(id: string, field: ReferenceName<F>, options: EndOptions = {}): Promise<boolean> {
    if (field === undefined) {
      throw optionsError("revoke(id, field) needs a reference, such as 'user_id'")
    }
    this.config.fields.checkReference(field)
    const reason = checkEndOptions('revoke', options)
    const request = this.request
    const own = await request.inTurn(() => request.readConclusively([field]))
    if (own?.id === id) throw optionsError("this is the session's own id: call delete()")
    const value = own?.values[field]
    if (value === undefined) return false
    const having = { field, value }
    return (await this.config.store.delete(id, { having, reason })) === 'deleted'
  }

  /**
   * Ends all other sessions with this session's value of a reference: "sign out my other devices".
   *
   * @param options - `reason`: what their browsers are told
   * @returns how many it ended; 0 without such a value
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference
   */
  async revokeOthers(field: ReferenceName<F>, options: EndOptions = {}): Promise<number> {
    this.config.fields.checkReference(field)
    const reason = checkEndOptions('revokeOthers', options)
    const request = this.request
    const own = await request.inTurn(() => request.readConclusively([field]))
    const value = own?.values[field]
    if (value === undefined) return 0
    const by = 'other-session'
    return this.config.store.revokeAll(field, value, { except: own?.id, reason, by })
  }

  /**
   * Creates a CSRF token. It is valid until the session's secret is renewed. Starts a session if there
   * is none.
   *
   * @param _session - ignored; version 3 needed it
   * @returns the token, for a hidden field of a form
   */
  async createCSRFToken(_session?: object): Promise<string> {
    const request = this.request
    const secret = await request.inTurn(
      async () => (await request.secret()) ?? (await request.start({})).secret,
    )
    return createCSRFToken(secret)
  }

  /**
   * Whether a CSRF token is valid for this session; `false` without a live session, which is checked each time.
   *
   * @param input - the token; version 3 needed the session before it
   */
  async verifyCSRFToken(
    ...input: [session: object | undefined, token: unknown] | [token: unknown]
  ): Promise<boolean> {
    const request = this.request
    const secret = await request.inTurn(() => request.secret({ check: true }))
    return secret !== undefined && verifyCSRFToken(secret, input.at(-1))
  }
}

/** The response does not wait for these: they send no cookie. */
const DETACHED = new Set(['ownId', 'requireFresh', 'revoke', 'revokeOthers', 'verifyCSRFToken'])

guardMethods(SessionView, DETACHED)
guardMethods(Session, DETACHED)

/** Passport would find nothing in it, and take everybody for nobody. */
Object.defineProperty(Session.prototype, 'passport', {
  get() {
    throw optionsError(
      'ctx.session is no session for passport: mount passportSession() of ' +
        'koa-redis-session-sets/passport before passport.session()',
    )
  },
})
