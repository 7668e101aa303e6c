import type { Context } from 'koa'
import { sessionEndedError, staleError, supersededError } from '../errors.js'
import type { Config } from '../options/config.js'
import {
  type Changes,
  emptyValues,
  type Lifetime,
  type Refusal,
  rotatingReferences,
  type StoredSession,
  type Updated,
} from '../store/store.js'
import { formatToken, sameSecret, type Token } from '../store/token.js'
import type { SessionState } from './session-state.js'
import { mayRenew } from './sign-in.js'
import { outlivesCookie, SessionCookie } from './cookie.js'
import { RequestTokens } from './request-tokens.js'

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
  readonly #config: Config
  readonly #cookie: SessionCookie
  readonly #requestStartedAt: number
  readonly #tokens: RequestTokens
  #state: SessionState = 'unknown'
  #signedInAt: number | undefined
  /** Whether this request has restarted the idle timeout. */
  #touched = false
  /** Whether this request has found the token's session alive. */
  #wasAlive = false
  #lastTurn: Promise<unknown> | undefined

  constructor(ctx: Context, config: Config, requestStartedAt: number) {
    this.#config = config
    this.#cookie = new SessionCookie(ctx, config)
    this.#requestStartedAt = requestStartedAt
    this.#tokens = new RequestTokens(config, this.#cookie, requestStartedAt)
  }

  /** Known once this request has found the session alive. */
  get id(): string | undefined {
    return this.#state === 'alive' ? this.#tokens.current?.id : undefined
  }

  get state(): SessionState {
    return this.#state
  }

  /** ms since 1970, by the store's clock. */
  get signedInAt(): number | undefined {
    return this.#state === 'alive' ? this.#signedInAt : undefined
  }

  /** Whether a secret is this request's, or one that its renewal under way is about to set. */
  get ownsSecret(): (secretHash: string | undefined) => boolean {
    return this.#tokens.ownsSecret
  }

  /** Runs methods one after another, the first one immediately. */
  inTurn<T>(method: () => Promise<T>): Promise<T> {
    const run = (): Promise<T> => {
      const reading = this.#tokens.read()
      return reading === undefined ? method() : reading.then(method)
    }
    const turn = this.#lastTurn === undefined ? run() : this.#lastTurn.then(run, run)
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
    const token = this.#tokens.current
    if (token === undefined) {
      if (this.#state === 'unknown') this.#state = 'none'
      return undefined
    }
    const { store } = this.#config
    const touches = touchAfter !== undefined && !this.#touched && this.#cookie.canSend()
    const stored = touches
      ? await this.#readAndTouch(token, names, touchAfter)
      : await store.read(token.id, names)
    if (stored !== undefined && sameSecret(token.secretHash, stored.secretHash)) {
      this.#state = 'alive'
      this.#wasAlive = true
      this.#signedInAt = stored.signedInAt
      return { id: token.id, values: stored.values }
    }
    this.#refuse(await store.explain(token.id, token.secretHash, this.#requestStartedAt))
    const isOver = this.#state === 'none' || (this.#state === 'ended' && this.#wasAlive)
    return isOver ? undefined : { values: emptyValues() }
  }

  /** Keeps in mind why the token opens no session. */
  #refuse(refusal: Refusal): void {
    this.#state = refusal === 'gone' ? (this.#wasAlive ? 'ended' : 'none') : refusal
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
    if (due) {
      this.#touched = true
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
    this.#assertMayStart()
    return found
  }

  /** Half of the writes of such a request would go to another session. */
  #assertMayStart(): void {
    if (this.#state === 'superseded') throw supersededError()
    if (this.#state === 'ended') throw sessionEndedError()
  }

  /** @throws `ERR_SESSION_STALE` unless somebody signed in within so many ms */
  async requireFresh(maxAge: number): Promise<void> {
    const token = this.#tokens.current
    const rotating = rotatingReferences(this.#config.policy)
    const details = token && (await this.#config.store.inspect(token.id, rotating))
    if (details === undefined || !sameSecret(token?.secretHash ?? '', details.secretHash)) {
      await this.readConclusively([])
      throw staleError()
    }
    const { now, signedInAt = -Infinity, values } = details
    const isNobody = rotating.length > 0 && Object.keys(values).length === 0
    if (isNobody || now - signedInAt > maxAge) throw staleError()
  }

  async findId(): Promise<string | undefined> {
    if (this.#state !== 'alive') await this.readConclusively([])
    return this.id
  }

  /**
   * The secret that forms are bound to. A superseded one counts too, so that a sign-in form may be
   * sent twice.
   *
   * @param check - reads the session also where this request has found it alive before
   */
  async secret({ check = false } = {}): Promise<string | undefined> {
    if (check || this.#state === 'unknown') await this.read([])
    const known = this.#state === 'alive' || this.#state === 'superseded'
    return known ? this.#tokens.current?.secret : undefined
  }

  /** Updates the session, or starts one with these changes; then it returns `undefined`. */
  async write(
    changes: Changes,
    { renew = 'changed', start = true, resend = false }: WriteOptions = {},
  ): Promise<Updated | undefined> {
    const token = this.#tokens.current
    if (token !== undefined) {
      const renewed = mayRenew(this.#config, changes, renew)
        ? this.#tokens.renewal(token)
        : undefined
      this.#cookie.assertCanSend({ newSecret: renewed !== undefined })
      const { set, unset, increment, maxAge, signsIn } = changes
      // Spelled out: properties that are added to a spread object make it slow.
      const outcome = await this.#config.store.update(token.id, {
        set,
        unset,
        increment,
        maxAge,
        signsIn,
        since: this.#requestStartedAt,
        secretHash: token.secretHash,
        seenAlive: this.#wasAlive,
        renewal: renewed && { secretHash: renewed.secretHash, when: renew },
      })
      if (typeof outcome === 'object') {
        const current = outcome.renewed && renewed !== undefined ? renewed : token
        const extended = resend || changes.maxAge !== undefined || outlivesCookie(outcome)
        this.#accept(current, outcome, extended)
        return outcome
      }
      this.#refuse(outcome)
    } else if (this.#state === 'unknown') this.#state = 'none'
    if (changes.signsIn !== true) this.#assertMayStart()
    if (start) await this.start(changes)
    return undefined
  }

  /** Starts a session. Only a sign-in may do so after the request's own was superseded or ended. */
  async start({ set, increment, maxAge, signsIn }: Changes): Promise<Token> {
    if (signsIn !== true) this.#assertMayStart()
    this.#cookie.assertCanSend({ newSecret: true })
    const token = this.#tokens.create()
    const changes = { set, increment, maxAge, signsIn, since: this.#requestStartedAt }
    const lifetime = await this.#config.store.create(token.id, token.secretHash, changes)
    this.#accept(token, lifetime, true)
    return token
  }

  async startEmpty(): Promise<EncodedSession> {
    return { id: (await this.start({})).id, values: emptyValues() }
  }

  /** Continues with the session just written. An `extended` one outlives the browser's cookie. */
  #accept(token: Token, { expiresIn, hasOwnMaxAge }: Lifetime, extended: boolean): void {
    const isNew = this.#tokens.use(token)
    this.#state = 'alive'
    this.#wasAlive = true
    const persistent = this.#config.persistent || hasOwnMaxAge
    if (isNew || (persistent && extended)) {
      this.#cookie.send(formatToken(token), persistent ? expiresIn : undefined)
    }
  }

  /**
   * Ends the session. The browser keeps its cookie where the session had ended since this request began: it may
   * be that of a newer session by now.
   */
  async end(): Promise<void> {
    const token = this.#tokens.current
    if (token !== undefined) {
      const outcome = await this.#delete(token)
      if (outcome === 'superseded') throw supersededError()
      if (outcome === 'ended') {
        this.#state = 'ended'
        return
      }
    }
    for (const other of this.#tokens.alsoOpen) await this.#delete(other)
    this.#tokens.forget()
    this.#state = 'none'
    this.#wasAlive = false
    this.#cookie.clear()
  }

  #delete({ id, secretHash }: Token): Promise<'deleted' | Refusal> {
    const owner = { secretHash, requestStartedAt: this.#requestStartedAt }
    return this.#config.store.delete(id, { owner })
  }
}
