import { signInRevokedError } from '../../../errors.js'
import type { ValueKeys } from '../../keys.js'
import type { Reference } from '../../store.js'
import type { RedisContext } from '../context.js'
import type { Claim, Join, JoinBlocked } from '../scripts/lib/join.js'

/** How often one write may meet another revokeAll and ask again. */
const MOST_REVOCATIONS = 10

/**
 * One session's request to join the set of one value.
 *
 * A sign-in is refused if its request began before the value's revocation time: the password that it was let in
 * by may be the old one. The request's begin is known by this process's clock, the revocation time by that of
 * the set's node. So they are compared only where there was a revokeAll, by the time in that node's reply, which
 * was read after the command was sent and before the reply came. That exchange is the only uncertainty: asking
 * again makes it smaller, and in the end it counts against the sign-in.
 */
export class JoinRequest implements Join {
  readonly reference: Reference
  readonly keys: ValueKeys
  readonly max: number | undefined
  readonly onMax: 'evict-oldest' | 'refuse' | undefined
  claim: Claim = 'claim'
  startedAfter: number | '' | '-' = ''
  /** Whether it is a request's, and not an operator's. */
  readonly isSignIn: boolean
  /** When the request began, ms of this process's clock. */
  readonly #startedAt: number
  #revocations = 0

  /** @param startedAt - left out: an operator's write, which nothing refuses */
  constructor({ keys, policy }: RedisContext, reference: Reference, startedAt?: number) {
    const { field, value } = reference
    const { max, onMax } = policy.references.get(field) ?? {}
    this.reference = reference
    this.keys = keys.ofValue(field, value)
    this.max = max
    // An old session ends no newer one.
    this.onMax = startedAt === -Infinity ? 'refuse' : onMax
    this.isSignIn = startedAt !== undefined
    this.#startedAt = startedAt ?? Infinity
    if (!this.isSignIn) this.refuseNothing()
    else if (startedAt === -Infinity) this.startedAfter = 0
  }

  /** Whether a revokeAll or a limit may refuse it. */
  get isRefusable(): boolean {
    return this.claim !== 'keep'
  }

  /** From now on neither a revokeAll nor a limit refuses it. */
  refuseNothing(): void {
    this.claim = 'keep'
    this.startedAfter = '-'
  }

  /**
   * Compares the request's begin with a revocation time. Resolves to nothing where it began later.
   *
   * @param sentAt - when the command was sent that met it, ms of this process's clock
   * @throws `ERR_SESSION_REVOKED`
   */
  checkRevocation(
    { revokedAt, now }: Extract<JoinBlocked, { status: 'revoked' }>,
    sentAt: number,
  ): void {
    const beganBeforeSent = sentAt - this.#startedAt
    const tooOften = ++this.#revocations > MOST_REVOCATIONS
    if (tooOften || revokedAt >= now - 1000 * beganBeforeSent) throw signInRevokedError()
    const startedAfter = Math.floor(now - 1000 * (performance.now() - this.#startedAt))
    this.startedAfter = Math.max(startedAfter, Number(this.startedAfter) || startedAfter)
  }
}
