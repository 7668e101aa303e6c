import type { Context } from 'koa'
import { sessionEndedError, supersededError } from '../errors.js'
import type { Config } from '../options/config.js'
import {
  type Changes,
  emptyValues,
  type Lifetime,
  type StoredSession,
  type Updated,
} from '../store/store.js'
import { createToken, formatToken, parseToken, sameSecret, type Token } from '../store/token.js'
import { outlivesCookie, SessionCookie } from './cookie.js'

/** By how much two readings of one session's times may differ, ms. */
const ROUNDING = 1000

/** Without a session there is no id, and `values` is empty. */
export interface EncodedSession {
  readonly id?: string
  readonly values: Readonly<Record<string, string>>
}

export interface WriteOptions {
  /** When to renew the secret; `'changed'`: if a rotating reference changes. */
  readonly renew?: 'changed' | 'always'
  readonly start?: boolean
  /** Whether to send the cookie again in any case. */
  readonly resend?: boolean
}

/**
 * One visitor in one request: the cookie's token, and what the store has said about it so far. All
 * methods are called through `inTurn`, as each may change the token.
 */
export class RequestSession {
  readonly #ctx: Context
  readonly #config: Config
  readonly #cookie: SessionCookie
  readonly #requestStartedAt: number
  /** `null` until the cookie is read. */
  #token: Token | undefined | null = null
  /** `'unknown'` until the store has answered, and without a live session. */
  #state: 'unknown' | 'alive' | 'superseded' = 'unknown'
  /** Whether this request has found the token's session alive. */
  #wasAlive = false
  /** The next renewal's token. Kept until it is in use: a renewal that seemed to fail may be done. */
  #renewedToken: Token | undefined
  #lastTurn: Promise<unknown> | undefined

  constructor(ctx: Context, config: Config, requestStartedAt: number) {
    this.#ctx = ctx
    this.#config = config
    this.#cookie = new SessionCookie(ctx, config)
    this.#requestStartedAt = requestStartedAt
  }

  /** Known once this request has found the session alive. */
  get id(): string | undefined {
    return this.#state === 'alive' ? this.#token?.id : undefined
  }

  /** Runs methods one after another, the first one immediately. */
  inTurn<T>(method: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn === undefined ? method() : this.#lastTurn.then(method, method)
    this.#lastTurn = turn
    return turn
  }

  /**
   * Reads all fields, or those named. `undefined` without a session; no id with a superseded cookie.
   *
   * @param touchAfter - touches a session that has been idle for this long, ms
   */
  async read(
    names: readonly string[] | undefined,
    touchAfter?: number,
  ): Promise<EncodedSession | undefined> {
    const token = this.#readToken()
    if (token === undefined) return undefined
    const { store } = this.#config
    const stored =
      touchAfter === undefined
        ? await store.read(token.id, names)
        : await this.#readAndTouch(token, names, touchAfter)
    if (stored !== undefined && sameSecret(token.secretHash, stored.secretHash)) {
      this.#state = 'alive'
      this.#wasAlive = true
      return { id: token.id, values: stored.values }
    }
    const superseded =
      stored !== undefined && (await store.isSuperseded(token.id, token.secretHash))
    this.#state = superseded ? 'superseded' : 'unknown'
    return superseded ? { values: emptyValues() } : undefined
  }

  async #readAndTouch(
    token: Token,
    names: readonly string[] | undefined,
    touchAfter: number,
  ): Promise<StoredSession | undefined> {
    const { store } = this.#config
    const { id, secretHash } = token
    const stored = await store.inspect(id, names)
    if (stored === undefined || !sameSecret(secretHash, stored.secretHash)) return stored
    // Negative idle time: `maxAge` was longer when the session was last touched.
    const due = stored.idleFor >= touchAfter || stored.idleFor < -ROUNDING
    if (due && !this.#ctx.headerSent) {
      this.#cookie.assertCanSend({ newSecret: false })
      const outcome = await store.update(id, { secretHash })
      // Ended or renewed since it was read.
      if (typeof outcome === 'string') return store.read(id, names)
      this.#accept(token, outcome, outlivesCookie(outcome))
    }
    return stored
  }

  /**
   * Like `read`, for callers that must not take "cannot tell" for "no session": throws with a
   * superseded cookie, and if the session has ended since this request found it alive.
   */
  async readConclusively(names: readonly string[]): Promise<EncodedSession | undefined> {
    const found = await this.read(names)
    if (this.#state === 'superseded') throw supersededError()
    if (found === undefined && this.#wasAlive) throw sessionEndedError()
    return found
  }

  async findId(): Promise<string | undefined> {
    if (this.#state !== 'alive') await this.readConclusively([])
    return this.id
  }

  /**
   * The secret that forms are bound to. A superseded one counts too, so that a sign-in form may be
   * sent twice.
   */
  async secret(): Promise<string | undefined> {
    if (this.#state === 'unknown') await this.read([])
    return this.#state === 'unknown' ? undefined : this.#token?.secret
  }

  /** Updates the session, or starts one with these changes; then it returns `undefined`. */
  async write(
    changes: Changes,
    { renew = 'changed', start = true, resend = false }: WriteOptions = {},
  ): Promise<Updated | undefined> {
    const token = this.#readToken()
    if (token !== undefined) {
      const renewed = this.#mayRenew(changes, renew) ? this.#nextToken(token) : undefined
      this.#cookie.assertCanSend({ newSecret: renewed !== undefined })
      const outcome = await this.#config.store.update(token.id, {
        ...changes,
        since: this.#requestStartedAt,
        secretHash: token.secretHash,
        renewal: renewed && { secretHash: renewed.secretHash, when: renew },
      })
      if (typeof outcome === 'object') {
        const current = outcome.renewed && renewed !== undefined ? renewed : token
        const extended = resend || changes.maxAge !== undefined || outlivesCookie(outcome)
        this.#accept(current, outcome, extended)
        return outcome
      }
      this.#state = outcome === 'superseded' ? outcome : 'unknown'
      // A sign-in with a superseded cookie starts a session of its own.
      if (outcome === 'superseded' && !this.#signsIn(changes)) throw supersededError()
    }
    if (start || this.#wasAlive) await this.start(changes)
    return undefined
  }

  #mayRenew(changes: Changes, renew: 'changed' | 'always'): boolean {
    if (renew === 'always' || this.#signsIn(changes)) return true
    return changes.unset?.some((field) => this.#rotates(field)) === true
  }

  #signsIn({ set }: Changes): boolean {
    for (const field of set?.keys() ?? []) if (this.#rotates(field)) return true
    return false
  }

  #rotates(field: string): boolean {
    return this.#config.policy.references.get(field)?.rotate === true
  }

  #nextToken({ id }: Token): Token {
    this.#renewedToken ??= createToken(this.#config.byteLength, id)
    return this.#renewedToken
  }

  /**
   * Starts a session with a new id. Refused if this request had found its session alive: half of its
   * writes would go to another session.
   */
  async start({ set, increment, maxAge }: Changes): Promise<Token> {
    if (this.#wasAlive && this.#state === 'unknown') throw sessionEndedError()
    this.#cookie.assertCanSend({ newSecret: true })
    const token = createToken(this.#config.byteLength)
    const since = this.#requestStartedAt
    const changes = { set, increment, maxAge, since }
    const lifetime = await this.#config.store.create(token.id, token.secretHash, changes)
    this.#accept(token, lifetime, true)
    return token
  }

  async startEmpty(): Promise<EncodedSession> {
    const { id } = await this.start({})
    return { id, values: emptyValues() }
  }

  /** Continues with the session just written. An `extended` one outlives the browser's cookie. */
  #accept(token: Token, { expiresIn, hasOwnMaxAge }: Lifetime, extended: boolean): void {
    const isNew = token !== this.#token
    this.#token = token
    this.#state = 'alive'
    this.#wasAlive = true
    if (isNew) this.#renewedToken = undefined
    const persistent = this.#config.persistent || hasOwnMaxAge
    if (isNew || (persistent && extended)) {
      this.#cookie.send(formatToken(token), persistent ? expiresIn : undefined)
    }
  }

  async end(): Promise<void> {
    const token = this.#readToken()
    if (token !== undefined) {
      const outcome = await this.#config.store.delete(token.id, token.secretHash)
      if (outcome === 'superseded') throw supersededError()
    }
    this.#token = undefined
    this.#renewedToken = undefined
    this.#state = 'unknown'
    this.#wasAlive = false
    this.#cookie.clear()
  }

  #readToken(): Token | undefined {
    if (this.#token === null) this.#token = parseToken(this.#cookie.read())
    return this.#token
  }
}
