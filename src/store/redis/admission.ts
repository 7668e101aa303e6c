import { limitReached, underWay } from '../../errors.js'
import type { Keys } from '../keys.js'
import type { Reference, ReferencePolicy, StorePolicy } from '../store.js'
import type { Call } from './connection.js'
import { flatEntries, type Reply } from './replies.js'
import { JOIN_SET } from './scripts/join.js'
import { UNSEAT } from './scripts/unseat.js'

/** How often one write may meet another revokeAll and ask again. */
const MOST_ASKED = 10

/**
 * How one session asks to join the set of one value: what scripts/script.ts calls "how it asks".
 *
 * A sign-in is refused if its request was under way before a revokeAll of the value: the password that
 * it was let in by may be the old one. When the request began is known by this process's clock, and
 * when revokeAll was called by that of the set's node, so both are compared only where there was a
 * revokeAll, by the time in that node's reply: it was read after the command was sent and before the
 * reply came. What is left of doubt, the time of one exchange, is made smaller by another exchange;
 * in the end it counts against the sign-in.
 */
export class Admission {
  readonly reference: Reference
  readonly #keys: Keys
  readonly #limit: Pick<ReferencePolicy, 'max' | 'onMax'>
  /** When the request began, ms of this process's clock; `undefined` where nothing may refuse it. */
  readonly #since: number | undefined
  /** A time of the node's clock, µs, surely not after that; '' before there was need to know. */
  #began: number | '' = ''
  /** Or the time of the seat that it took, to confirm it. */
  #how: 'claim' | 'evict' | 'keep' | `${number}` = 'claim'
  /** Whether it is let in for the value it has. */
  #stays = false
  #asked = 0

  constructor(keys: Keys, policy: StorePolicy, reference: Reference, since?: number) {
    this.reference = reference
    this.#keys = keys
    this.#limit = policy.references.get(reference.field) ?? {}
    this.#since = since
    if (since === undefined) this.#how = 'keep'
  }

  /** Whether the sessions that are too many are to be ended for this one. */
  get evicts(): boolean {
    return this.#how !== 'keep' && this.#limit.onMax === 'evict-oldest'
  }

  /** The set's keys, as scripts expect them. */
  keys(): string[] {
    return this.#keys.ofValue(this.reference.field, this.reference.value)
  }

  args(): string[] {
    const began = this.#how === 'claim' || this.#how === 'evict' ? String(this.#began) : '-'
    return [began, String(this.#limit.max ?? ''), this.#how]
  }

  /** What an update has to know on a cluster, of a set that was joined under a mark. */
  joinedUnder(mark: string): string {
    if (this.#since === undefined) return ''
    return this.#stays ? '-' : mark
  }

  /** What a creation has to know: what may be noted that refuses it, the mark, and its seat. */
  noted(mark: string, seat: string): string[] {
    const { field, value } = this.reference
    return this.#since === undefined ? [] : [`${field}:${value}`, mark, seat]
  }

  /** A session that has the value already is no sign-in. */
  stay(): void {
    this.#stays = true
    this.#how = 'keep'
  }

  /** The session has been made: from now on it asks for the seat that it took at this time. */
  confirm(seat: string): void {
    if (this.#how !== 'keep') this.#how = `${Number(seat)}`
  }

  /**
   * Looks into what a set replied that did not let the session in. Resolves where another try is worth
   * while.
   *
   * @param sent - when the command was sent, ms of this process's clock
   * @param surelyMade - the age in ms from which a seat without a session is free
   * @throws `ERR_SESSION_REVOKED`, `ERR_SESSION_LIMIT`; `ERR_SESSION_STORE` where others are faster until the
   * call's time is over
   */
  async reconsider(call: Call, reply: Reply, sent: number, surelyMade: number): Promise<void> {
    if (reply[0] === 'revoked') {
      if (++this.#asked > MOST_ASKED) throw underWay()
      this.#compare(Number(reply[2]), Number(reply[3]), sent)
      return
    }
    await this.#freeSeats(call, Number(reply[2]), reply[3] as string[], surelyMade)
  }

  /** Both times of the node's clock, µs. */
  #compare(revoked: number, now: number, sent: number): void {
    const since = this.#since ?? Infinity
    if (revoked >= now - 1000 * (sent - since)) throw underWay()
    const began = Math.floor(now - 1000 * (performance.now() - since))
    this.#began = Math.max(began, this.#began || began)
  }

  /**
   * Frees the seats of those that are gone or have another value. Where there are none, evicts. Modelled
   * in test/model as 'seats'.
   */
  async #freeSeats(
    call: Call,
    now: number,
    reply: readonly string[],
    surelyMade: number,
  ): Promise<void> {
    const { field, value } = this.reference
    const seats = flatEntries(reply).filter(([, taken]) => {
      // An odd time: the session has been made. One to come: another node took over, whose clock is behind.
      const age = Math.abs(now - Number(taken))
      return Number(taken) % 2 === 1 || age >= 1000 * surelyMade
    })
    const values = await Promise.all(
      seats.map(([id]) => call.send('hget', [this.#keys.session(id)], [field])),
    )
    const free = seats.filter((_, i) => values[i] !== value)
    if (free.length > 0) {
      await this.unseat(call, free.flat())
    } else if (this.#limit.onMax === 'refuse') {
      throw limitReached(field)
    } else {
      this.#how = 'evict'
    }
  }

  /** Who is still too many once some were ended, as a reply names a thousand at most. It is confirmed. */
  async stillOver(call: Call, id: string): Promise<readonly string[]> {
    const reply = (await call.run(JOIN_SET, this.keys(), [id, '0', ...this.args()])) as unknown[]
    const [status, , , welcome] = reply as [string, ...(readonly unknown[])[]]
    return status === 'ok' ? (welcome?.[1] as string[]) : []
  }

  /** Frees seats that were taken at these times. Modelled in test/model as 'unseat'. */
  async unseat(call: Call, idsAndTimes: readonly string[]): Promise<void> {
    const [, , seats] = this.keys()
    await call.run(UNSEAT, [seats ?? ''], idsAndTimes)
  }
}
