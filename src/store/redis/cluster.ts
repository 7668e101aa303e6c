import { underWay } from '../../errors.js'
import { idTime, isId } from '../../token.js'
import type { Keys } from '../keys.js'
import type { StorePolicy } from '../store.js'
import { Admission } from './admission.js'
import type { Call } from './connection.js'
import { JOIN_SET } from './scripts/join.js'
import {
  MOST_ASKED,
  type Reference,
  type Reply,
  type SetProtocol,
  type SetWrite,
  tidy,
} from './set-protocol.js'

/** The age in ms from which a session that is missing cannot be one that is being created. */
const SURELY_CREATED = 60_000

/**
 * The time in ms in which a session is made that has joined its sets: less than that for which its end
 * is remembered, as the nodes' clocks may differ.
 */
const MADE_WITHIN = 50_000

/** For how long, in ms, a set holds a session beyond its time at least: it may be as short as a command. */
const SLACK = 2000

/** A set that was joined, and what it told. */
interface Joining {
  readonly join: Admission
  /** When, µs of its node's clock. */
  readonly at: number
  /** The same, where it took a seat. */
  readonly seat: number | ''
  readonly welcome: readonly unknown[]
}

/**
 * Sessions and sets on different nodes of a cluster, where nothing sees both at once. A write
 *
 * 1. joins the new sets,
 * 2. writes the hash,
 * 3. joins the sets again, in case step 1 was undone meanwhile.
 *
 * **An id is never taken out of a set while its session lives**: whatever order that were done in,
 * a concurrent change back to the old value could lose it. It goes when the session is gone, which
 * is final. A crash after step 1 leaves an id that readers filter out.
 */
export class ClusterProtocol implements SetProtocol {
  readonly oneNode = false
  readonly #keys: Keys
  readonly #policy: StorePolicy

  constructor(keys: Keys, policy: StorePolicy) {
    this.#keys = keys
    this.#policy = policy
  }

  /** Modelled in test/model as 'join', 'create', 'update' and 'join again'. */
  async write(call: Call, write: SetWrite): Promise<Reply> {
    const { script, id, keys, joins, ttl, args } = write
    const joined = await this.#joinAll(call, write)
    // Less what the nodes' clocks may differ by. The script looks at its own clock: it may run much
    // later than it was sent, and then it must not claim what the sets no longer hold.
    const joinedAt = Math.min(...joined.map(({ at }) => at / 1000))
    const times =
      joins.length === 0
        ? { until: 0, makeUntil: undefined }
        : {
            until: Math.floor(joinedAt + Math.max(1.9 * ttl, ttl + SLACK / 2)),
            makeUntil: Math.floor(joinedAt + MADE_WITHIN),
          }
    const reply = (await call.run(script, keys, args(times))) as Reply
    if (reply[0] === 'gone' || reply[0] === 'ended') {
      await tidy(Promise.all(joins.map(({ reference }) => this.prune(call, reference, [id]))))
    }
    if (reply[0] !== 'ok') {
      await this.#giveUp(call, id, joined)
      return reply
    }
    const again = await Promise.all(
      joined.map(({ join, at }) => this.#join(call, join, id, ttl, join.argsAgain(at))),
    )
    const refused = joins.filter((_, i) => again[i]?.[0] !== 'ok')
    if (refused.length === 0) return [...reply, ...joined.map(({ welcome }) => welcome)]
    const status = again.some(([each]) => each === 'revoked') ? 'revoked' : 'evicted'
    return [status, ...refused.map(({ reference }) => reference)]
  }

  /** Step 1, in all sets or in none. */
  async #joinAll(call: Call, write: SetWrite): Promise<Joining[]> {
    const { id, joins } = write
    const outcomes = await Promise.allSettled(joins.map((join) => this.#ask(call, join, write)))
    const joined = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = outcomes.find((one) => one.status === 'rejected')
    if (failed === undefined) return joined
    await this.#giveUp(call, id, joined)
    throw failed.reason
  }

  /**
   * Joins one set, once it lets the session in. Who lost a seat to it is ended at once: it may fail
   * itself before it is written, or lose its own seat.
   */
  async #ask(call: Call, join: Admission, { id, ttl, evict }: SetWrite): Promise<Joining> {
    for (let asked = 0; asked < MOST_ASKED; asked++) {
      const sent = performance.now()
      const reply = await this.#join(call, join, id, ttl, join.args())
      if (reply[0] === 'ok') {
        const [sample, evicted, seat] = reply[2] as [unknown, string[], number | '']
        await evict(join.reference, evicted)
        return { join, at: Number(reply[1]), seat, welcome: [sample] }
      }
      await join.reconsider(call, reply, sent, SURELY_CREATED)
    }
    throw underWay()
  }

  /** Frees the seats that were taken for nothing. */
  async #giveUp(call: Call, id: string, joined: readonly Joining[]): Promise<void> {
    const taken = joined.filter(({ seat }) => seat !== '')
    await tidy(Promise.all(taken.map(({ join, seat }) => join.unseat(call, [id, String(seat)]))))
  }

  async left(): Promise<void> {
    // The session lives: its id stays.
  }

  /** Modelled in test/model as 'leave'. */
  async ended(call: Call, { field, value }: Reference, ids: readonly string[]): Promise<void> {
    const [set, , seats] = this.#keys.ofValue(field, value)
    await call.send('srem', [set], ids)
    if (this.#policy.references.get(field)?.max !== undefined) await call.send('zrem', [seats], ids)
  }

  /**
   * Modelled in test/model as 'prune', 'prune: remove', 'prune: look again', 'prune: time' and
   * 'prune: put back'.
   */
  async prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    const now = Date.now()
    const old = ids.filter((id) => !isId(id) || now - idTime(id) > SURELY_CREATED)
    const gone = await this.#missing(call, old)
    if (gone.length === 0) return
    await this.ended(call, reference, gone)
    // A machine whose clock is a minute behind makes ids that look old: what was created meanwhile
    // goes back into its set. (Here, or by the creation's own last step: one of them comes later.)
    const still = await this.#missing(call, gone)
    for (const id of gone.filter((each) => !still.includes(each))) {
      const ttl = Number(await call.send('pttl', [this.#keys.session(id)]))
      const join = new Admission(this.#keys, this.#policy, reference)
      await this.#join(call, join, id, ttl, join.args())
    }
  }

  async #join(
    call: Call,
    join: Admission,
    id: string,
    ttl: number,
    asks: readonly string[],
  ): Promise<Reply> {
    const hold = String(Math.max(2 * ttl, ttl + SLACK))
    return (await call.run(JOIN_SET, join.keys(), [id, hold, ...asks])) as Reply
  }

  async #missing(call: Call, ids: readonly string[]): Promise<string[]> {
    const found = await Promise.all(ids.map((id) => call.send('exists', [this.#keys.session(id)])))
    return ids.filter((_, i) => Number(found[i]) === 0)
  }
}
