import type { Reference } from '../../store.js'
import { idTime, isId } from '../../token.js'
import type { Call } from '../client/connection.js'
import type { RedisContext } from '../context.js'
import { BURY_MISSING } from '../scripts/cluster/bury-missing.js'
import { EVICT_CLUSTER } from '../scripts/cluster/evict.js'
import { REVOKE_CLUSTER } from '../scripts/cluster/revoke.js'
import type { EndedSession } from '../scripts/lib/end.js'
import type { Slot } from '../scripts/lib/join.js'
import type { RevokeReply } from '../scripts/lib/revoke.js'
import {
  bestEffort,
  BY_LIMIT,
  type Ended,
  recordEnds,
  type Revocation,
  type RevokedPage,
  setsLeft,
} from './index-protocol.js'
import { BURIED_FOR, CREATED_WITHIN } from './timing.js'

/** The half of the cluster protocol that ends sessions, and takes the ids of ended ones out of sets. */
export class ClusterRemoval {
  readonly #context: RedisContext

  constructor(context: RedisContext) {
    this.#context = context
  }

  async leaveSets(call: Call, id: string, ended: EndedSession): Promise<void> {
    await this.#leaveAll(call, [{ ...ended, id }])
  }

  async revokePage(
    call: Call,
    revocation: Revocation,
    ids: readonly string[],
  ): Promise<RevokedPage> {
    const { reference, revokedAt, reason } = revocation
    const revoke = (id: string) =>
      call.run(REVOKE_CLUSTER, { ...this.#inputs(id, reference, reason), revokedAt })
    return this.#endAll(call, revocation, ids, ids.map(revoke))
  }

  /** Ends sessions over a limit, each if it has not taken a later slot. */
  async evict(
    call: Call,
    reference: Reference,
    slots: readonly Slot[],
  ): Promise<{ failed: unknown }> {
    const ids = slots.map(([id]) => id)
    const evict = ([id, slot]: Slot) =>
      call.run(EVICT_CLUSTER, { ...this.#inputs(id, reference, BY_LIMIT.reason), slot })
    return this.#endAll(call, { ...BY_LIMIT, reference }, ids, slots.map(evict))
  }

  #inputs(id: string, reference: Reference, reason: string | undefined) {
    const { keys, references } = this.#context
    return {
      hash: keys.session(id),
      former: keys.former(id),
      tombstone: keys.tombstone(id),
      reference,
      reason,
      buryFor: BURIED_FOR,
      references,
    }
  }

  async #endAll(
    call: Call,
    end: Omit<Revocation, 'revokedAt'>,
    ids: readonly string[],
    replies: readonly Promise<RevokeReply>[],
  ): Promise<RevokedPage> {
    const outcomes = await Promise.allSettled(replies)
    const ended: Ended[] = []
    const gone: string[] = []
    let failed: unknown
    for (const [i, outcome] of outcomes.entries()) {
      const id = ids[i] ?? ''
      if (outcome.status === 'rejected') failed ??= outcome.reason
      else if (outcome.value.status === 'deleted') ended.push({ ...outcome.value, id })
      else if (outcome.value.status === 'gone') gone.push(id)
    }
    recordEnds(this.#context, ended, end)
    await Promise.all([
      this.#leaveAll(call, ended),
      gone.length === 0 ? undefined : this.prune(call, end.reference, gone),
    ])
    return { ended: ended.length, failed }
  }

  async #leaveAll(call: Call, ended: readonly Ended[]): Promise<void> {
    const sets = setsLeft(this.#context, ended)
    await Promise.all(
      sets.map(({ reference, ids }) => bestEffort(this.#leave(call, reference, ids))),
    )
  }

  async prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    await bestEffort(this.#prune(call, reference, ids))
  }

  async #prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    const now = Date.now()
    // An id from the future is treated like a young one: a visitor's cookie can hold any id.
    const old = ids.filter((id) => !isId(id) || Math.abs(now - idTime(id)) > CREATED_WITHIN)
    const missing = await this.#missing(call, old)
    // A machine whose clock is behind makes ids that look old. The tombstones refuse what is being created.
    const gone = await this.#bury(call, missing)
    if (gone.length > 0) await this.#leave(call, reference, gone)
  }

  async #bury(call: Call, ids: readonly string[]): Promise<string[]> {
    const { keys } = this.#context
    const buried = await Promise.all(
      ids.map((id) => {
        const hash = keys.session(id)
        return call.run(BURY_MISSING, { hash, tombstone: keys.tombstone(id), buryFor: BURIED_FOR })
      }),
    )
    return ids.filter((_, i) => buried[i])
  }

  async #missing(call: Call, ids: readonly string[]): Promise<string[]> {
    const { keys } = this.#context
    const found = await Promise.all(ids.map((id) => call.send('exists', [keys.session(id)])))
    return ids.filter((_, i) => Number(found[i]) === 0)
  }

  async #leave(call: Call, { field, value }: Reference, ids: readonly string[]): Promise<void> {
    const { set, slots } = this.#context.keys.ofValue(field, value)
    await call.send('srem', [set], ids)
    const { max } = this.#context.policy.references.get(field) ?? {}
    if (max !== undefined) await call.send('zrem', [slots], ids)
  }
}
