import { inspect } from 'node:util'
import type { Context } from 'koa'
import type { Config } from '../options/config.js'
import { Calls } from './calls.js'
import { EndSignal } from './end-signal.js'
import { CALLS, TARGET } from './guard.js'
import { RequestSession } from './request-session.js'
import type { SessionState } from './session-state.js'

/** The request that a session belongs to. */
export interface RequestScope {
  /** By `performance.now()`. */
  readonly startedAt: number
  /** In how many runs of the middleware it is. */
  readonly depth: number
}

/** What `ctx.session` tells without a call: what this request knows of its session, and the signal of its end. */
export class SessionView {
  readonly #config: Config
  readonly #ctx: Context
  readonly #requestStartedAt: number
  #opened: RequestSession | undefined
  #endSignal: EndSignal | undefined
  /** @internal */
  readonly [TARGET] = this
  /** @internal */
  readonly [CALLS]: Calls

  /** @internal */
  constructor(ctx: Context, config: Config, request: RequestScope) {
    this.#ctx = ctx
    this.#config = config
    this.#requestStartedAt = request.startedAt
    this[CALLS] = new Calls(ctx, request)
  }

  /** For `console.log`. @internal */
  [inspect.custom](): string {
    return 'Session {}'
  }

  /** @internal */
  protected get config(): Config {
    return this.#config
  }

  /** @internal */
  protected get request(): RequestSession {
    return (this.#opened ??= new RequestSession(this.#ctx, this.config, this.#requestStartedAt))
  }

  /** The session's id, read from the store. @internal */
  async ownId(): Promise<string | undefined> {
    const request = this.request
    return (await request.inTurn(() => request.readConclusively([])))?.id
  }

  /**
   * The session's public id, for `Session.revoke`. `undefined` until another method has found the
   * session alive in this request.
   */
  get id(): string | undefined {
    return this.request.id
  }

  /**
   * What this request knows of its session, without reading it:
   *
   * - `'unknown'`: nothing has been read or written yet;
   * - `'none'`: there is no session;
   * - `'alive'`: the last call found it alive;
   * - `'superseded'`: another request has renewed the secret, at a sign-in say. The browser has a newer cookie, or
   *   is about to get it: reload, or answer with what needs no session;
   * - `'ended'`: the session ended since this request began; or up to an hour before, with a reason, `endReason`. In that
   *   case `get`, a form token, a write and a sign-in start another one;
   * - `'unproven'`: the session is bound to a device, and this request has no proof of it that is still good: sign in
   *   again, or reload, if the browser has its key.
   *
   * Former secrets are known for an hour. A request that came without a cookie is `'none'`.
   */
  get state(): SessionState {
    return this.request.state
  }

  /**
   * Why the session ended that this request's cookie is of, for an hour: what was given to `delete`, `revoke` or
   * `revokeAll`, or `'limit'`. `undefined` where nobody said so, and until a method has looked. Only the cookie with the
   * session's last secret is told.
   *
   * @example
   * await ctx.session.peek()
   * if (ctx.session.endReason === 'password changed') ctx.body = 'Please sign in again: your password was changed.'
   */
  get endReason(): string | undefined {
    return this.request.endReason
  }

  /** When somebody last signed in; `undefined` before this request found the session alive, or without a sign-in. */
  get signedInAt(): Date | undefined {
    const { signedInAt } = this.request
    return signedInAt === undefined ? undefined : new Date(signedInAt)
  }

  /**
   * Whether the session is bound to a device, which this request has proved: for pages that need it. `false` before
   * this request found the session alive.
   *
   * @example
   * await ctx.session.get()
   * if (!ctx.session.bound) return ctx.throw(403, 'Use a browser that binds its sessions')
   */
  get bound(): boolean {
    return this.request.isBound
  }

  /** The key of the session's Redis hash, for `client.hgetall(key)`. `undefined` where `id` is. */
  getKey(): string | undefined {
    const { id } = this
    return id === undefined ? undefined : this.config.store.getSessionKey(id)
  }

  /**
   * Aborts when this session ends, on any server and for any reason: for streams and WebSockets. Its
   * reason has the code
   *
   * - `ERR_SESSION_REVOKED`: the session has ended, or the check found no live session; its `reason` says why, where that
   *   is known: what was given as the reason, `'limit'`, or `'expired'`;
   * - `ERR_SESSION_SUPERSEDED`: another request has renewed the secret: have the browser reconnect, after a pause,
   *   as its new cookie may be on its way;
   * - `ERR_SESSION_UNPROVEN`: the session is bound to a device, and the proof that it was opened under is over, or it
   *   was opened before: have the browser reconnect;
   * - `ERR_SESSION_OPTIONS`: `Session.close()` was called before.
   *
   * A renewal by this request does not abort it. While Redis cannot answer, it waits. It is released when the
   * response or its socket closes; a signal first used after that is already aborted.
   *
   * Its first use opens one extra connection per process, which `Session.close()` closes.
   *
   * @example
   * const { signal } = ctx.session
   * signal.addEventListener('abort', () => stream.end(), { once: true })
   */
  get signal(): AbortSignal {
    if (this.#endSignal === undefined || this.#endSignal.isStale(this.id)) {
      this.#endSignal = new EndSignal(this.#ctx, this.request, this.config.store)
    }
    return this.#endSignal.signal
  }
}
