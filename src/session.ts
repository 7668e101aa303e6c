import type { Context } from 'koa'
import type { Config } from './config.js'
import { createCSRFToken, verifyCSRFToken } from './csrf.js'
import { ownMaxAge } from './duration.js'
import { EndSignal } from './end-signal.js'
import type {
  CounterName,
  CounterValue,
  FieldName,
  MaybeFields,
  ReferenceName,
  SessionRead,
  WriteValues,
} from './fields/types.js'
import type { Duration } from './options.js'
import { emptyValues } from './store/store.js'
import { type Texts, Visit } from './visit.js'

/**
 * `ctx.session`: one visitor in one request.
 *
 * Nothing is read or sent until a method is called. The methods of one object take turns, so two
 * calls at once start one session, and a call after a renewal uses the new secret.
 *
 * All methods reject with `ERR_SESSION_STORE` (503) where Redis cannot answer: never with "no
 * session". Methods that write reject with `ERR_SESSION_REVOKED` (401) where this request had seen
 * the session alive and it has ended since, with `ERR_SESSION_SUPERSEDED` (401) where the cookie was
 * replaced by a newer one a moment ago, and with `ERR_SESSION_HEADERS_SENT` where the response can
 * no longer carry a cookie.
 */
export class Session<F extends MaybeFields = undefined> {
  #opened: Visit | undefined
  readonly #config: Config
  readonly #ctx: Context
  #endSignal: EndSignal | undefined

  /** When the request began: what was revoked since, it may not sign in to. */
  readonly #since = performance.now()

  constructor(ctx: Context, config: Config) {
    this.#ctx = ctx
    this.#config = config
  }

  /** Made at first use: most requests may have none. */
  get #visit(): Visit {
    return (this.#opened ??= new Visit(this.#ctx, this.#config, this.#since))
  }

  /** Whether this is a session object of that middleware. @internal */
  static isOf<F extends MaybeFields>(config: Config, session: unknown): session is Session<F> {
    return session instanceof Session && session.#config === config
  }

  /** Its id, after a look, for `except`. @internal */
  async ownId(): Promise<string | undefined> {
    return (await this.#visit.inTurn(() => this.#visit.readOwn([])))?.id
  }

  /**
   * The session's public id, once this request has found it alive (by any other method);
   * `undefined` before that and where there is no session. It can be shown to its owner, and be
   * given to `Session.revoke`.
   */
  get id(): string | undefined {
    return this.#visit.id
  }

  /**
   * The key of the session's Redis hash, for use with `client.hgetall(key)`. Like `id`, it is known
   * once this request has found the session alive; `undefined` until then.
   */
  getKey(): string | undefined {
    const { id } = this
    return id === undefined ? undefined : this.#config.store.getSessionKey(id)
  }

  /**
   * Fires when this session ends, on whichever server and for whatever reason: for streams and
   * WebSockets, which outlive the look at the session that opened them. Its reason is a
   * `SessionError` with the code `ERR_SESSION_REVOKED`. Where there is no live session it fires at
   * once, after a look. A renewal of the secret is no end; where the cookie was replaced a moment ago, the
   * reason's code is `ERR_SESSION_SUPERSEDED`, and after `Session.close()` it is `ERR_SESSION_OPTIONS`:
   * the session may live, so have the browser ask again.
   *
   * Redis pushes the end on one more connection of this process, made at first use and closed by
   * `Session.close()`. After an outage of that connection all sessions are looked at. Where Redis
   * cannot answer, the signal waits until it can. It is forgotten when the response, or the request's
   * socket, is closed; asked for after that, it has fired.
   *
   * @example
   * const { signal } = ctx.session
   * signal.addEventListener('abort', () => stream.end(), { once: true })
   */
  get signal(): AbortSignal {
    if (this.#endSignal === undefined || this.#endSignal.isOfAnother(this.id)) {
      this.#endSignal = new EndSignal(this.#ctx, this.#visit, this.#config.store)
    }
    return this.#endSignal.signal
  }

  /**
   * Reads the session, fresh from the store at each call: one command. Starts one if there is none.
   * With a superseded cookie it starts none, and answers without fields and without `id`. Where this
   * request had seen the session alive and it has ended since, it rejects with `ERR_SESSION_REVOKED`.
   *
   * @param fields - only these; all without it
   * @throws `ERR_SESSION_FIELD` with `onUndecodable: 'throw'`, for a text that does not decode
   */
  get(): Promise<SessionRead<F>>
  get<K extends FieldName<F>>(fields: K | readonly K[]): Promise<SessionRead<F, K>>
  async get(fields?: string | readonly string[]): Promise<object> {
    const names = this.#config.fields.encodeRead(fields)
    const visit = this.#visit
    const { rolling } = this.#config
    const found = await visit.inTurn(
      async () => (await visit.read(names, rolling)) ?? visit.startEmpty(),
    )
    return this.#decode(found, names)
  }

  /**
   * Reads the session like `get`, but never starts one, touches it, or sets a cookie: where there is
   * no session, the answer has no `id` and no fields.
   */
  peek(): Promise<SessionRead<F>>
  peek<K extends FieldName<F>>(fields: K | readonly K[]): Promise<SessionRead<F, K>>
  async peek(fields?: string | readonly string[]): Promise<object> {
    const names = this.#config.fields.encodeRead(fields)
    const found = await this.#visit.inTurn(() => this.#visit.read(names))
    return this.#decode(found ?? { texts: emptyValues() }, names)
  }

  #decode({ id, texts }: Texts, names: readonly string[] | undefined): object {
    const values = this.#config.fields.decode(texts, id, names)
    return id === undefined ? values : Object.assign(values, { id })
  }

  /**
   * Sets fields, and leaves the others as they are: two requests that set different fields both
   * keep what they wrote. `null` and `undefined` remove a field. Starts a session if there is none.
   * Changing a reference renews the secret: same id, new cookie.
   *
   * @param maxAge - an idle time for this session from now on, in ms or as a text; it stays until
   * another one is given
   * @returns the values given
   * @throws `ERR_SESSION_FIELD` for a name or value that cannot be kept; then nothing is sent
   */
  async set(values: WriteValues<F>, maxAge?: Duration): Promise<WriteValues<F>> {
    await this.#visit.write({ ...this.#config.fields.encodeValues(values), ...ownMaxAge(maxAge) })
    return values
  }

  /**
   * Removes fields. Starts no session. Removing a reference renews the secret.
   *
   * @param maxAge - as in `set`
   */
  async unset(fields: FieldName<F> | readonly FieldName<F>[], maxAge?: Duration): Promise<void> {
    const unset = this.#config.fields.encodeNames(fields)
    await this.#visit.write({ unset, ...ownMaxAge(maxAge) }, { start: false })
  }

  /**
   * Renews the idle time of the session and of its cookie. Starts a session if there is none.
   *
   * @param maxAge - as in `set`
   */
  async touch(maxAge?: Duration): Promise<void> {
    await this.#visit.write(ownMaxAge(maxAge), { resend: true })
  }

  /**
   * Adds a whole number to a field; concurrent increments all count. It starts from 0 where the
   * session does not have the field, also if that has a default. Starts a session if there is none.
   *
   * @returns the new value: a bigint for a field declared so, otherwise a number, exact up to 2^53
   * @throws `ERR_SESSION_FIELD` for a reference, and where the field holds what is no whole number of
   * 64 bits: `1.5`, `-0`, a text that reads as absent. Nothing is changed then
   */
  increment<K extends CounterName<F>>(field: K, by?: number | bigint): Promise<CounterValue<F, K>>
  async increment(field: string, by: number | bigint = 1): Promise<unknown> {
    const { fields } = this.#config
    const increment = { name: field, by: fields.encodeIncrement(field, by) }
    const updated = await this.#visit.write({ increment })
    return fields.decodeIncrement(field, updated?.incremented ?? increment.by)
  }

  /**
   * Renews the secret: same id, same sets, same fields, new cookie; the old one is worth nothing.
   * Call it when the visitor's rights change in a way that no reference shows. Starts a session if
   * there is none. (OWASP ASVS 5.0, 7.2.4)
   */
  async regenerate(): Promise<void> {
    await this.#visit.write({}, { renew: 'always' })
  }

  /**
   * Ends the session for good and clears the cookie. The next `get` starts a new one, with a new id.
   * Where there is no session, or it has ended already, that is what was asked for.
   */
  async delete(): Promise<void> {
    await this.#visit.inTurn(() => this.#visit.end())
  }

  /**
   * Ends all other sessions that have the same value of a reference: "sign out my other devices".
   *
   * @returns how many it ended; 0 where this session has no such value
   */
  async revokeOthers(field: ReferenceName<F>): Promise<number> {
    this.#config.fields.checkReference(field)
    const own = await this.#visit.inTurn(() => this.#visit.readOwn([field]))
    const value = own?.texts[field]
    if (value === undefined) return 0
    return this.#config.store.deleteAll(field, value, { except: own?.id })
  }

  /**
   * A token for forms, bound to this session's secret: fresh at each call, nothing is stored, and a
   * renewal makes it invalid. Starts a session if there is none.
   *
   * @param session - what `get` returned; not needed, accepted as earlier versions took it
   */
  async createCSRFToken(_session?: object): Promise<string> {
    const visit = this.#visit
    const secret = await visit.inTurn(
      async () => (await visit.secret()) ?? (await visit.start({})).secret,
    )
    return createCSRFToken(secret)
  }

  /**
   * Whether a token was made for this session. Anything that is no token is `false`; so is every
   * token where there is no session, and none is started.
   *
   * @param session - what `get` returned; may be left out
   */
  async verifyCSRFToken(
    ...input: [session: object | undefined, token: unknown] | [token: unknown]
  ): Promise<boolean> {
    const secret = await this.#visit.inTurn(() => this.#visit.secret())
    return secret !== undefined && verifyCSRFToken(secret, input.at(-1))
  }
}
