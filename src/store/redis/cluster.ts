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
  readonly #keys: Keys
  readonly #timeout: number

  constructor(keys: Keys, timeout: number) {
    this.#keys = keys
    this.#timeout = timeout
  }

  async write(call: Call, write: SetWrite): Promise<Reply> {
    const { script, id, keys, joins, ttl, args } = write
    const hold = 2 * ttl
    const join = (): Promise<unknown[]> =>
      Promise.all(
        joins.map(({ field, value }) =>
          call.run(JOIN_SET, [this.#keys.set(field, value)], [id, String(hold)]),
        ),
      )
    const samples = await join()
    // The hash is written at most one timeout later, when the sets have that much less to live.
    const joinedFor = Math.max(ttl, hold - this.#timeout)
    const reply = (await call.run(script, keys, args(joinedFor))) as Reply
    if (reply[0] === 'gone') {
      await tidy(Promise.all(joins.map((reference) => this.prune(call, reference, [id]))))
    }
    if (reply[0] !== 'ok') return reply
    await join()
    return [...reply, ...samples]
  }

  async left(): Promise<void> {
    // The session lives: its id stays.
  }

  async ended(call: Call, { field, value }: Reference, ids: readonly string[]): Promise<void> {
    await call.send('SREM', [this.#keys.set(field, value)], ids)
  }

  async prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    const now = Date.now()
    // An id from a clock that is far ahead is as suspicious as an old one.
    const old = ids.filter((id) => !isId(id) || Math.abs(now - idTime(id)) > SURELY_CREATED)
    const found = await Promise.all(old.map((id) => call.send('EXISTS', [this.#keys.session(id)])))
    const gone = old.filter((_, i) => found[i] === 0)
    if (gone.length > 0) await this.ended(call, reference, gone)
  }
}
