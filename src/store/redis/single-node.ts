import type { Reference } from '../store.js'
import type { Call } from './connection.js'
import type { Keys } from '../keys.js'
import type { Reply } from './replies.js'
import { UNLINK } from './scripts/unlink.js'
import type { SetProtocol, SetWrite } from './set-protocol.js'

/**
 * Sessions and sets on one node (a single server, or a primary behind Sentinel): one script writes
 * the hash and joins the sets at once, and another takes an id out of a set only if the hash does
 * not have that value at that moment.
 */
export class SingleNodeProtocol implements SetProtocol {
  readonly oneNode = true
  readonly #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Modelled in test/model as 'create' and 'update'. */
  async write(call: Call, { script, keys, joins, args }: SetWrite): Promise<Reply> {
    const all = [...keys]
    for (const join of joins) all.push(...join.keys())
    for (;;) {
      const sent = performance.now()
      const reply = (await call.run(script, all, args())) as Reply
      const [status, number] = reply
      const join = joins[Number(number) - 1]
      if ((status !== 'revoked' && status !== 'full') || join === undefined) return reply
      // The set and its sessions are written together: a seat without a session is free.
      await join.reconsider(call, reply, sent, 0)
    }
  }

  /** Modelled in test/model as 'leave'. */
  async left(call: Call, reference: Reference, id: string): Promise<void> {
    await this.#unlink(call, reference, [id])
  }

  async ended(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    await this.#unlink(call, reference, ids)
  }

  /** Modelled in test/model as 'prune' and 'prune: remove'. */
  async prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    const hashes = ids.map((id) => this.#keys.session(id))
    // The common case: all live, one cheap command.
    if (Number(await call.send('exists', hashes)) !== ids.length) {
      await this.#unlink(call, reference, ids)
    }
  }

  async #unlink(call: Call, { field, value }: Reference, ids: readonly string[]): Promise<void> {
    const hashes = ids.map((id) => this.#keys.session(id))
    const [set, , seats] = this.#keys.ofValue(field, value)
    await call.run(UNLINK, [set, seats, ...hashes], [field, value, ...ids])
  }
}
