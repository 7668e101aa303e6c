import type { Context } from 'koa'
import type { Config } from './config.js'
import {
  canSendCookie,
  checkCookie,
  clearCookie,
  keepCookieOnError,
  outgrown,
  readCookie,
  sendCookie,
} from './cookie.js'
import { SessionError } from './errors.js'
import {
  type Changes,
  emptyValues,
  type Lifetime,
  type StoredSession,
  type Updated,
} from './store/store.js'
import { createToken, formatToken, parseToken, sameSecret, type Token } from './token.js'

/** By how much two readings of a session's times may differ, ms. */
const ROUNDING = 1000

/** A session's fields as texts, and its id; neither where there is none. */
export interface Texts {
  readonly id?: string
  readonly texts: Readonly<Record<string, string>>
}

export interface WriteOptions {
  /** Whether to renew the secret on a change of a rotating reference, or in any case. */
  readonly renew?: 'changed' | 'always'
  /** Whether to start a session if there is none. */
  readonly start?: boolean
  /** Whether to send the cookie again in any case. */
  readonly resend?: boolean
}

/**
 * Who sends this request, and what is known of the session so far. `Session` is made of its steps;
 * they take turns, so that each sees what the one before it did to the secret.
 */
export class Visit {
  readonly #ctx: Context
  readonly #config: Config
  /** Who the browser says it is: `null` until its cookie was looked at. */
  #token: Token | undefined | null = null
  /** What the store said last of the token. */
  #state: 'unknown' | 'alive' | 'superseded' = 'unknown'
  /** Whether this request has ever seen the token's session alive. */
  #seen = false
  /** The token that a renewal would take. */
  #next: Token | undefined
  /** Whether the browser may hold a cookie after this response. */
  #cookie = false
  /** Whether this response has one. */
  #sent = false
  #turn: Promise<unknown> | undefined
  readonly #since: number

  /** `since`: when the request began, by `performance.now()`. */
  constructor(ctx: Context, config: Config, since: number) {
    this.#ctx = ctx
    this.#config = config
    this.#since = since
  }

  /** The id of the session, once this request has found it alive. */
  get id(): string | undefined {
    return this.#state === 'alive' ? this.#token?.id : undefined
  }

  /**
   * The session's id, after a look where this request has not found it alive yet.
   *
   * @throws `ERR_SESSION_SUPERSEDED` where that cannot be told
   */
  async findId(): Promise<string | undefined> {
    if (this.#state !== 'alive') await this.readOwn([])
    return this.id
  }

  /** Runs one method after another, but starts the first one at once. */
  inTurn<T>(method: () => Promise<T>): Promise<T> {
    const turn = this.#turn === undefined ? method() : this.#turn.then(method, method)
    this.#turn = turn
    return turn
  }

  #credentials(): Token | undefined {
    if (this.#token === null) {
      const cookie = readCookie(this.#ctx, this.#config)
      this.#cookie = cookie !== undefined
      this.#token = parseToken(cookie)
    }
    return this.#token
  }

  /**
   * The session; nothing for a superseded cookie; `undefined` where there is no session.
   * `rolling`: after how many ms to touch it.
   */
  async read(names: readonly string[] | undefined, rolling?: number): Promise<Texts | undefined> {
    const token = this.#credentials()
    if (token === undefined) return undefined
    const { store } = this.#config
    const stored =
      rolling === undefined
        ? await store.read(token.id, names)
        : await this.#readAndTouch(token, rolling, names)
    if (stored !== undefined && sameSecret(token.secretHash, stored.secretHash)) {
      this.#state = 'alive'
      this.#seen = true
      return { id: token.id, texts: stored.values }
    }
    const replaced = stored !== undefined && (await store.isSuperseded(token.id, token.secretHash))
    this.#state = replaced ? 'superseded' : 'unknown'
    return replaced ? { texts: emptyValues() } : undefined
  }

  /**
   * The secret that the browser's forms are bound to, which the store has confirmed. Also one that
   * was superseded a moment ago: else somebody who sends the sign-in form twice would be refused.
   */
  async secret(): Promise<string | undefined> {
    if (this.#state === 'unknown') await this.read([])
    return this.#state === 'unknown' ? undefined : this.#token?.secret
  }

  /**
   * The session's fields, for what must not take "cannot tell" for "there is none": `undefined` only
   * where the browser has no session.
   */
  async readOwn(names: readonly string[]): Promise<Texts | undefined> {
    const values = await this.read(names)
    if (this.#state === 'superseded') throw superseded()
    if (values === undefined && this.#seen) throw ended()
    return values
  }

  /** Reads with the session's times, and touches it when it has been idle for so long. */
  async #readAndTouch(
    token: Token,
    rolling: number,
    names: readonly string[] | undefined,
  ): Promise<StoredSession | undefined> {
    const { store } = this.#config
    const { id, secretHash } = token
    const stored = await store.inspect(id, names)
    if (stored === undefined || !sameSecret(secretHash, stored.secretHash)) return stored
    // Or it has more time left than it gets now: the option was shortened since.
    const due = stored.idleFor >= rolling || stored.idleFor < -ROUNDING
    if (due && !this.#ctx.headerSent) {
      checkCookie(this.#ctx, this.#config, false)
      const outcome = await store.update(id, { secretHash })
      // It has ended, or was renewed, since it was read.
      if (typeof outcome === 'string') return store.read(id, names)
      this.#accept(token, outcome, outgrown(outcome))
    }
    return stored
  }

  /** Writes to the session; where there is none, starts one with these changes. */
  write(
    changes: Changes,
    { renew = 'changed', start = true, resend = false }: WriteOptions = {},
  ): Promise<Updated | undefined> {
    return this.inTurn(async () => {
      const token = this.#credentials()
      if (token !== undefined) {
        const next = this.#mayRenew(changes, renew) ? this.#nextToken(token) : undefined
        checkCookie(this.#ctx, this.#config, next !== undefined)
        const { set, unset, increment, maxAge } = changes
        const { secretHash } = token
        const renewal = next && { secretHash: next.secretHash, when: renew }
        const since = this.#since
        const update = { set, unset, increment, maxAge, since, secretHash, renewal }
        const outcome = await this.#config.store.update(token.id, update)
        if (typeof outcome === 'object') {
          const renewed = outcome.renewed && next !== undefined
          const follow = resend || maxAge !== undefined || outgrown(outcome)
          this.#accept(renewed ? next : token, outcome, follow)
          return outcome
        }
        this.#state = outcome === 'superseded' ? outcome : 'unknown'
        // Somebody who signs in with a superseded cookie gets a session: theirs alone.
        if (outcome === 'superseded' && !this.#signsIn(changes)) throw superseded()
      }
      if (start || this.#seen) await this.start(changes)
      return undefined
    })
  }

  /**
   * Starts a session with a new id; the browser never gets to choose one. Not for a request that had
   * seen its session alive: half of what it does would land in another session.
   */
  async start(changes: Changes): Promise<Token> {
    if (this.#seen && this.#state === 'unknown') {
      throw ended()
    }
    checkCookie(this.#ctx, this.#config, true)
    const token = createToken(this.#config.byteLength)
    const { id, secretHash } = token
    const { set, increment, maxAge } = changes
    const since = this.#since
    const lifetime = await this.#config.store.create(id, secretHash, {
      set,
      increment,
      maxAge,
      since,
    })
    this.#accept(token, lifetime, true)
    return token
  }

  /** Starts a session without fields. */
  async startEmpty(): Promise<Texts> {
    const { id } = await this.start({})
    return { id, texts: emptyValues() }
  }

  /** Goes on with the session that was just written; sends its cookie if it is new or is to follow. */
  #accept(token: Token, { expiresIn, ownMaxAge }: Lifetime, follow: boolean): void {
    const persistent = this.#config.persistent || ownMaxAge
    const changed = token !== this.#token
    this.#token = token
    this.#state = 'alive'
    this.#seen = true
    if (changed) this.#next = undefined
    // A cookie that ends with the browser has no time to follow.
    if (!changed && !(persistent && follow)) return
    if (!this.#sent) keepCookieOnError(this.#ctx, this.#config)
    sendCookie(this.#ctx, this.#config, formatToken(token), persistent ? expiresIn : undefined)
    this.#sent = true
    this.#cookie = true
  }

  /** Kept until it is taken: a renewal that seemed to fail may have been done, and is tried again. */
  #nextToken({ id }: Token): Token {
    this.#next ??= createToken(this.#config.byteLength, id)
    return this.#next
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

  /** Ends the session, and clears the cookie. */
  async end(): Promise<void> {
    const token = this.#credentials()
    if (token !== undefined) {
      const outcome = await this.#config.store.delete(token.id, token.secretHash)
      if (outcome === 'superseded') throw superseded()
    }
    this.#token = undefined
    this.#next = undefined
    this.#state = 'unknown'
    this.#seen = false
    // Where no cookie can be sent any more, the session has ended all the same.
    if (this.#cookie && canSendCookie(this.#ctx, this.#config)) {
      clearCookie(this.#ctx, this.#config)
    }
  }
}

export function ended(): SessionError {
  return new SessionError('ERR_SESSION_REVOKED', 'this session has ended')
}

function superseded(): SessionError {
  return new SessionError(
    'ERR_SESSION_SUPERSEDED',
    'this cookie was replaced by a newer one a moment ago: send the request again',
  )
}
