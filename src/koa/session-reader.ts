import type { Context } from 'koa'
import { sessionEndedError, staleError, supersededError, unprovenError } from '../errors.js'
import { record } from '../events.js'
import type { Config } from '../options/config.js'
import {
  emptyValues,
  type Lifetime,
  type Explanation,
  rotatingReferences,
  type StoredSession,
} from '../store/store.js'
import { formatToken, sameSecret, type Token } from '../store/token.js'
import { adoptSession } from './adopt-session.js'
import type { SessionState } from './session-state.js'
import { outlivesCookie, SessionCookie } from './cookie.js'
import { DeviceProof } from './device-proof.js'
import { RequestTokens } from './request-tokens.js'

/** By how much two readings of one session's times may differ, ms. */
const ROUNDING = 1000

/** Without a session there is no id, and `values` is empty. */
export interface EncodedSession {
  readonly id?: string
  readonly values: Readonly<Record<string, string>>
}

/**
 * What one visitor's request knows of its session: the cookie's token, and what the store has said about it so far.
 * All methods are called through `inTurn`, as each may change the token.
 */
export class SessionReader {
  protected readonly ctx: Context
  protected readonly config: Config
  protected readonly cookie: SessionCookie
  protected readonly requestStartedAt: number
  protected readonly tokens: RequestTokens
  /** `undefined` where sessions are not bound to devices. */
  readonly proof: DeviceProof | undefined
  #state: SessionState = 'unknown'
  #signedInAt: number | undefined
  /** Why the session ended that this request's cookie is of. */
  endReason: string | undefined
  /** The reason that this request itself gave. */
  protected ownReason: string | undefined
  /** Whether the session had ended before this request began, so that the request may start another. */
  #endedBefore = false
  /** Whether this request has restarted the idle timeout. */
  #touched = false
  /** Whether this request has found the token's session alive. */
  protected wasAlive = false
  /** Whether this request has looked for a session of the library before, and the error of that. */
  #triedToAdopt = false
  #adoptionFailed: { readonly error: unknown } | undefined
  #lastTurn: Promise<unknown> | undefined

  constructor(ctx: Context, config: Config, requestStartedAt: number) {
    this.ctx = ctx
    this.config = config
    this.cookie = new SessionCookie(ctx, config)
    this.requestStartedAt = requestStartedAt
    this.proof = config.binding && new DeviceProof(ctx, config)
    this.tokens = new RequestTokens(config, this.cookie, requestStartedAt, this.proof)
  }

  /** Known once this request has found the session alive. */
  get id(): string | undefined {
    return this.#state === 'alive' ? this.tokens.current?.id : undefined
  }

  get state(): SessionState {
    return this.#state
  }

  /** ms since 1970, by the store's clock. */
  get signedInAt(): number | undefined {
    return this.#state === 'alive' ? this.#signedInAt : undefined
  }

  get isBound(): boolean {
    return this.#state === 'alive' && this.proof?.isBound === true
  }

  /** Whether a secret is this request's, or one that its renewal under way is about to set. */
  ownsSecret(secretHash: string | undefined): boolean {
    return this.tokens.ownsSecret(secretHash)
  }

  /** Runs methods one after another, the first one immediately. */
  inTurn<T>(method: () => Promise<T>): Promise<T> {
    const run = (): Promise<T> => {
      const reading = this.tokens.read()
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
    const token = this.tokens.current
    if (token === undefined) {
      if (this.canAdopt && (await this.adopt())) return this.read(names, touchAfter)
      this.findNone()
      return undefined
    }
    const { store } = this.config
    const touches = touchAfter !== undefined && !this.#touched && this.cookie.canSend()
    const stored = touches
      ? await this.#readAndTouch(token, names, touchAfter)
      : await store.read(token.id, names)
    if (stored !== undefined && sameSecret(token.secretHash, stored.secretHash)) {
      const opens = this.proof?.opens(token.id, stored.binding)
      if (opens === false || (opens instanceof Promise && !(await opens))) {
        this.#state = 'unproven'
        record('refused', { id: token.id, references: {}, code: 'ERR_SESSION_UNPROVEN' })
        return { values: emptyValues() }
      }
      this.#state = 'alive'
      this.wasAlive = true
      this.#signedInAt = stored.signedInAt
      return { id: token.id, values: stored.values }
    }
    const { id, secretHash } = token
    const why = await store.explain(id, secretHash, this.requestStartedAt)
    if (why.refusal === 'gone' && this.canAdopt && (await this.adopt())) {
      return this.read(names, touchAfter)
    }
    this.refuse(why)
    const isOver = this.#state === 'none' || (this.#state === 'ended' && this.wasAlive)
    return isOver || this.#endedBefore ? undefined : { values: emptyValues() }
  }

  /** Whether this request, which has no session, may have one of the library before. */
  protected get canAdopt(): boolean {
    return this.config.adopt !== undefined && !this.#triedToAdopt && !this.wasAlive
  }

  /** Goes on with the session made from that. Returns whether there is one, alive or not. */
  protected async adopt({ signsOut = false } = {}): Promise<boolean> {
    // Where it cannot be told, the other calls of this request are not told "nobody" either.
    if (this.#adoptionFailed !== undefined) throw this.#adoptionFailed.error
    const request = { startedAt: this.requestStartedAt, signsOut }
    const adopted = await adoptSession(this.ctx, this.config, request).catch((error: unknown) => {
      this.#adoptionFailed = { error }
      throw error
    })
    this.#triedToAdopt = true
    if (adopted === undefined) return false
    const { token, outcome, done } = adopted
    const isGone = 'refusal' in outcome && outcome.refusal === 'gone'
    if (!isGone) {
      this.tokens.use(token)
      if ('refusal' in outcome) this.refuse(outcome)
      else if (this.cookie.canSend()) this.accept(token, outcome, true)
      else {
        // The old cookie opens it, too, so ours can be sent later.
        this.cookie.assertSecure()
        this.#useLive(token)
      }
    }
    await done()
    return !isGone
  }

  /** Whether this request's secret was that of its session, now or before. */
  protected get wasFound(): boolean {
    return this.wasAlive || isKnown(this.#state) || this.#state === 'ended'
  }

  /** Keeps in mind that there is no token. */
  protected findNone(): void {
    if (this.#state === 'unknown') this.#state = 'none'
  }

  /** Why the session of this request has ended; `undefined` where nobody said so. */
  async findEndReason(): Promise<string | undefined> {
    const token = this.tokens.current
    if (token === undefined) return this.ownReason
    const { id, secretHash } = token
    return (await this.config.store.explain(id, secretHash, performance.now())).endReason
  }

  /** Keeps in mind why the token opens no session. */
  protected refuse({ refusal, endReason }: Explanation): void {
    this.endReason = endReason
    const isOver = refusal === 'gone' && !this.wasAlive
    this.#endedBefore = isOver && this.endReason !== undefined
    if (refusal !== 'gone') this.#state = refusal
    else this.#state = isOver && !this.#endedBefore ? 'none' : 'ended'
  }

  async #readAndTouch(
    token: Token,
    names: readonly string[] | undefined,
    touchAfter: number,
  ): Promise<StoredSession | undefined> {
    const { store } = this.config
    const { id, secretHash } = token
    const stored = await store.inspect(id, names)
    if (stored === undefined || !sameSecret(secretHash, stored.secretHash)) return stored
    if (this.proof !== undefined && !(await this.proof.opens(id, stored.binding))) return stored
    // Negative idle time: `maxAge` was longer when the session was last touched.
    const due = stored.idleFor >= touchAfter || stored.idleFor < -ROUNDING
    if (due) {
      this.#touched = true
      const proof = this.proof && (await this.proof.forWrite(id))
      const outcome = await store.update(id, { secretHash, proof })
      // Ended or renewed since it was read.
      if ('refusal' in outcome) return store.read(id, names)
      this.accept(token, outcome, outlivesCookie(outcome))
    }
    return stored
  }

  /**
   * Like `read`, for callers that must not take "cannot tell" for "no session": throws with a
   * superseded cookie, and if the session has ended since this request found it alive.
   */
  async readConclusively(names: readonly string[]): Promise<EncodedSession | undefined> {
    const found = await this.read(names)
    this.assertMayStart()
    return found
  }

  /** Half of the writes of such a request would go to another session. */
  protected assertMayStart(): void {
    if (this.#state === 'superseded') throw supersededError()
    if (this.#state === 'ended' && !this.#endedBefore) throw sessionEndedError(this.endReason)
    if (this.#state === 'unproven') throw unprovenError()
  }

  /** @throws `ERR_SESSION_STALE` unless somebody signed in within so many ms */
  async requireFresh(maxAge: number): Promise<void> {
    const token = this.tokens.current
    const rotating = rotatingReferences(this.config.policy)
    const details = token && (await this.config.store.inspect(token.id, rotating))
    const isOwn = details !== undefined && sameSecret(token?.secretHash ?? '', details.secretHash)
    const isProven = isOwn && (await this.proof?.opens(details.id, details.binding)) !== false
    if (!isProven) {
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
    return isKnown(this.#state) ? this.tokens.current?.secret : undefined
  }

  /** Continues with the session just written. An `extended` one outlives the browser's cookie. */
  protected accept(token: Token, { expiresIn, hasOwnMaxAge }: Lifetime, extended: boolean): void {
    const isNew = this.#useLive(token)
    const persistent = this.config.persistent || hasOwnMaxAge
    if (isNew || (persistent && extended)) {
      this.cookie.send(formatToken(token), persistent ? expiresIn : undefined)
    }
  }

  /** @returns whether the token is a new one */
  #useLive(token: Token): boolean {
    this.#state = 'alive'
    this.wasAlive = true
    return this.tokens.use(token)
  }

  /** Goes on without a session. */
  protected forget(): void {
    this.tokens.forget()
    this.#state = 'none'
    this.wasAlive = false
  }
}

/** A superseded secret, and one without its proof, still bind forms: a sign-in form may be sent twice. */
function isKnown(state: SessionState): boolean {
  return state === 'alive' || state === 'superseded' || state === 'unproven'
}
