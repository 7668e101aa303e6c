import { idTime, isId } from '../../token.js'
import type { Keys } from '../keys.js'
import type { Reference, StorePolicy } from '../store.js'
import { Admission } from './admission.js'
import type { Call } from './connection.js'
import type { Reply } from './replies.js'
import { JOIN_SET } from './scripts/join.js'
import {
  type Joining,
  type LostSeat,
  type SetProtocol,
  type SetWrite,
  tidy,
} from './set-protocol.js'

/** The age in ms from which a session that is missing cannot be one that is being created. */
const SURELY_CREATED = 60_000

/**
 * The time in ms in which a session that has joined its sets takes their values: less than that for which
 * is noted who may not (see end.ts), as the nodes' clocks may differ.
 */
const WRITTEN_WITHIN = 50_000

/** For how long, in ms, a set holds a session beyond its time at least: it may be as short as a command. */
const SLACK = 2000

/**
 * Sessions and sets on different nodes of a cluster, where nothing sees both at once. A write
 *
 * 1. joins the new sets,
 * 2. writes the hash,
 * 3. joins the sets again, in case step 1 was undone meanwhile, and confirms its seats where there is a
 *    limit: somebody else may have been given them, who could not end what was not yet made.
 *
 * Whoever ends the sessions of a value between steps 1 and 2 finds the id in the set, and no session with
 * this value. That is noted beside the hash, and step 2 looks there.
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
        ? { until: 0, writeUntil: undefined }
        : {
            until: Math.floor(joinedAt + Math.max(1.9 * ttl, ttl + SLACK / 2)),
            writeUntil: Math.floor(joinedAt + WRITTEN_WITHIN),
          }
    const reply = (await call.run(script, keys, args({ ...times, sets: joined }))) as Reply
    if (reply[0] === 'gone' || reply[0] === 'ended') {
      await tidy(Promise.all(joins.map(({ reference }) => this.prune(call, reference, [id]))))
    }
    if (reply[0] !== 'ok') {
      await this.#giveUp(call, id, joined)
      return reply
    }
    const again = await Promise.all(
      joined.map(({ join, seat }) => {
        join.confirm(seat)
        return this.#join(call, join, id, ttl)
      }),
    )
    const lost = joined.filter((_, i) => again[i]?.[0] !== 'ok')
    if (lost.length > 0) {
      return [
        'evicted',
        ...lost.map(({ join, seat }): LostSeat => ({ reference: join.reference, seat })),
      ]
    }
    return [...reply, ...again.map(([, , , welcome]) => welcome)]
  }

  /** Step 1, in all sets or in none. */
  async #joinAll(call: Call, { id, joins, ttl }: SetWrite): Promise<Joining[]> {
    const outcomes = await Promise.allSettled(joins.map((join) => this.#ask(call, join, id, ttl)))
    const joined = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = outcomes.find((one) => one.status === 'rejected')
    if (failed === undefined) return joined
    await this.#giveUp(call, id, joined)
    throw failed.reason
  }

  /** Joins one set, once it lets the session in. Modelled in test/model as 'own value'. */
  async #ask(call: Call, join: Admission, id: string, ttl: number): Promise<Joining> {
    for (;;) {
      const sent = performance.now()
      const reply = await this.#join(call, join, id, ttl)
      const [status, at, mark, welcome] = reply
      if (status === 'ok') {
        const [, , seat = '', took] = welcome as unknown[]
        const tookSeat = Number(took) === 1
        return { join, at: Number(at), mark: String(mark), seat: String(seat), tookSeat }
      }
      const { field, value } = join.reference
      const has = await call.send('hget', [this.#keys.session(id)], [field])
      if (has === value) join.stay()
      else await join.reconsider(call, reply, sent, SURELY_CREATED)
    }
  }

  /** Frees the seats that were taken for nothing. Modelled in test/model as 'give up'. */
  async #giveUp(call: Call, id: string, joined: readonly Joining[]): Promise<void> {
    const taken = joined.filter(({ tookSeat }) => tookSeat)
    await tidy(Promise.all(taken.map(({ join, seat }) => join.unseat(call, [id, seat]))))
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
    // Nor is one being created whose id is of a time to come: a visitor's cookie can say what it likes.
    const old = ids.filter((id) => !isId(id) || Math.abs(now - idTime(id)) > SURELY_CREATED)
    const gone = await this.#missing(call, old)
    if (gone.length === 0) return
    await this.ended(call, reference, gone)
    // A machine whose clock is a minute behind makes ids that look old: what was created meanwhile
    // goes back into its set. (Here, or by the creation's own step 3: one of them comes later.)
    const still = await this.#missing(call, gone)
    for (const id of gone.filter((each) => !still.includes(each))) {
      const ttl = Number(await call.send('pttl', [this.#keys.session(id)]))
      await this.#join(call, new Admission(this.#keys, this.#policy, reference), id, ttl)
    }
  }

  async #join(call: Call, join: Admission, id: string, ttl: number): Promise<Reply> {
    const hold = String(Math.max(2 * ttl, ttl + SLACK))
    return (await call.run(JOIN_SET, join.keys(), [id, hold, ...join.args()])) as Reply
  }

  async #missing(call: Call, ids: readonly string[]): Promise<string[]> {
    const found = await Promise.all(ids.map((id) => call.send('exists', [this.#keys.session(id)])))
    return ids.filter((_, i) => Number(found[i]) === 0)
  }
}
