import { supersededError } from '../errors.js'
import {
  type Changes,
  emptyValues,
  type Lifetime,
  type Refusal,
  type Updated,
} from '../store/store.js'
import { createBinding } from '../store/binding.js'
import type { Token } from '../store/token.js'
import { outlivesCookie } from './cookie.js'
import { type EncodedSession, SessionReader } from './session-reader.js'
import { recordRefusal, recordStart, recordUpdate } from './record.js'
import { isSignIn, mayRenew } from './sign-in.js'

export interface WriteOptions {
  /** When to renew the secret; `'changed'`: if a rotating reference changes. */
  readonly renew?: 'changed' | 'always'
  readonly start?: boolean
  /** Whether to send the cookie again in any case. */
  readonly resend?: boolean
}

/** One visitor in one request: reads the session, writes it, and ends it. */
export class RequestSession extends SessionReader {
  /** For the next sign-in. Kept until it is in use, like the next token. */
  #nextBinding: string | undefined

  /** Updates the session, or starts one with these changes; then it returns `undefined`. */
  write(changes: Changes, options: WriteOptions = {}): Promise<Updated | undefined> {
    const { current } = this.tokens
    // A cookie may claim any id.
    const findId = (): string | undefined => (this.wasFound ? current?.id : undefined)
    return recordRefusal(this.#write(changes, options), this.config, findId, changes)
  }

  async #write(changes: Changes, options: WriteOptions): Promise<Updated | undefined> {
    const { renew = 'changed', start = true, resend = false } = options
    const token = this.tokens.current
    const isIn = this.config.binding !== undefined && isSignIn(this.config, changes)
    const binding = isIn ? (this.#nextBinding ??= createBinding()) : undefined
    if (token !== undefined) {
      const renewed = mayRenew(this.config, changes, renew) ? this.tokens.renewal(token) : undefined
      this.cookie.assertCanSend({ newSecret: renewed !== undefined })
      const { set, unset, increment, maxAge, signsIn } = changes
      // Spelled out: properties that are added to a spread object make it slow.
      const outcome = await this.config.store.update(token.id, {
        set,
        unset,
        increment,
        maxAge,
        signsIn,
        binding,
        proof: this.proof && (await this.proof.forWrite(token.id)),
        since: this.requestStartedAt,
        secretHash: token.secretHash,
        seenAlive: this.wasAlive,
        renewal: renewed && { secretHash: renewed.secretHash, when: renew },
      })
      if (!('refusal' in outcome)) {
        const current = outcome.renewed && renewed !== undefined ? renewed : token
        const extended = resend || changes.maxAge !== undefined || outlivesCookie(outcome)
        this.accept(current, outcome, extended)
        if (outcome.canBind === true) this.#offerBinding(outcome, binding)
        recordUpdate(this.config, token.id, changes, outcome.renewed)
        return outcome
      }
      if (outcome.refusal === 'gone' && this.canAdopt && (await this.adopt())) {
        return this.#write(changes, options)
      }
      this.refuse(outcome)
      // A browser that has lost its key must not be locked out.
      if (outcome.refusal === 'unproven' && isIn && (changes.signsIn === true || !this.wasAlive)) {
        await this.#delete(token)
        this.forget()
      }
    } else {
      if (this.canAdopt && (await this.adopt())) return this.#write(changes, options)
      this.findNone()
    }
    if (changes.signsIn !== true) this.assertMayStart()
    if (start) await this.start(changes, binding)
    return undefined
  }

  /** Starts a session. Only a sign-in may do so after the request's own was superseded or ended. */
  async start({ set, increment, maxAge, signsIn }: Changes, binding?: string): Promise<Token> {
    if (signsIn !== true) this.assertMayStart()
    this.cookie.assertCanSend({ newSecret: true })
    const token = this.tokens.create()
    const changes = { set, increment, maxAge, signsIn, binding, since: this.requestStartedAt }
    const lifetime = await this.config.store.create(token.id, token.secretHash, changes)
    this.accept(token, lifetime, true)
    this.#offerBinding(lifetime, binding)
    recordStart(this.config, token.id, changes)
    return token
  }

  /** Nothing waits for the browser to take it. */
  #offerBinding({ expiresAt, expiresIn }: Lifetime, binding: string | undefined): void {
    this.proof?.forget()
    this.#nextBinding = undefined
    if (binding === undefined || !this.cookie.canSend()) return
    this.config.binding?.offer(this.ctx, { binding, now: expiresAt - expiresIn })
  }

  async startEmpty(): Promise<EncodedSession> {
    return { id: (await this.start({})).id, values: emptyValues() }
  }

  /**
   * Ends the session. The browser keeps its cookie where the session had ended since this request began: it may
   * be that of a newer session by now.
   */
  async end(reason?: string): Promise<void> {
    const token = this.tokens.current
    const outcome = token && (await this.#delete(token, reason))
    if (outcome === 'superseded') throw supersededError()
    if (outcome === 'ended') {
      this.refuse({ refusal: outcome, endReason: await this.findEndReason() })
      return
    }
    for (const other of this.tokens.alsoOpen) await this.#delete(other, reason)
    this.ownReason = reason
    this.forget()
    this.cookie.clear()
    // Otherwise the old cookie would sign the visitor in again.
    if (this.canAdopt && (await this.adopt({ signsOut: true }))) await this.end(reason)
  }

  #delete({ id, secretHash }: Token, reason?: string): Promise<'deleted' | Refusal> {
    const owner = { secretHash, requestStartedAt: this.requestStartedAt }
    return this.config.store.delete(id, { owner, reason })
  }
}
