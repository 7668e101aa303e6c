import { idTime, isId } from '../../token.js'
import type { Call } from './connection.js'
import type { Keys } from '../keys.js'
import { JOIN_SET } from './scripts/join.js'
import {
  type Reference,
  type Reply,
  type SetProtocol,
  type SetWrite,
  tidy,
} from './set-protocol.js'

/** The age in ms from which a session that is missing cannot be one that is being created. */
const SURELY_CREATED = 60_000

/** For how long, in ms, a set holds a session beyond its time at least: it may be as short as a command. */
const SLACK = 2000

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

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Modelled in test/model as 'join', 'create', 'update' and 'join again'. */
  async write(call: Call, write: SetWrite): Promise<Reply> {
    const { script, id, keys, joins, ttl, args } = write
    const join = (): Promise<[joinedAt: number, sample: unknown][]> =>
      Promise.all(joins.map((reference) => this.#join(call, reference, id, ttl)))
    const joined = await join()
    // Less what the nodes' clocks may differ by. The script looks at its own clock: it may run much
    // later than it was sent, and then it must not claim what the sets no longer hold.
    const joinedAt = Math.min(...joined.map(([time]) => time))
    const joinedUntil =
      joins.length === 0 ? 0 : Math.floor(joinedAt + Math.max(1.9 * ttl, ttl + SLACK / 2))
    const reply = (await call.run(script, keys, args(joinedUntil))) as Reply
    if (reply[0] === 'gone') {
      await tidy(Promise.all(joins.map((reference) => this.prune(call, reference, [id]))))
    }
    if (reply[0] !== 'ok') return reply
    await join()
    return [...reply, ...joined.map(([, sample]) => sample)]
  }

  async left(): Promise<void> {
    // The session lives: its id stays.
  }

  /** Modelled in test/model as 'leave'. */
  async ended(call: Call, { field, value }: Reference, ids: readonly string[]): Promise<void> {
    await call.send('srem', [this.#keys.set(field, value)], ids)
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
      await this.#join(call, reference, id, ttl)
    }
  }

  async #join(
    call: Call,
    { field, value }: Reference,
    id: string,
    ttl: number,
  ): Promise<[joinedAt: number, sample: unknown]> {
    const set = this.#keys.set(field, value)
    const args = [id, String(Math.max(2 * ttl, ttl + SLACK))]
    const [joinedAt, sample] = (await call.run(JOIN_SET, [set], args)) as unknown[]
    return [Number(joinedAt), sample]
  }

  async #missing(call: Call, ids: readonly string[]): Promise<string[]> {
    const found = await Promise.all(ids.map((id) => call.send('exists', [this.#keys.session(id)])))
    return ids.filter((_, i) => Number(found[i]) === 0)
  }
}
