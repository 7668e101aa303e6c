import { signInRevokedError } from '../../../errors.js'
import { boundAt, isUnproven } from '../../binding.js'
import {
  type Explanation,
  GONE,
  type Lifetime,
  type Reference,
  type SessionDetails,
  type Update,
  type Updated,
} from '../../store.js'
import type { Call } from '../client/connection.js'
import { type RedisContext, referencesAmong, serverNow } from '../context.js'
import { explain, refusalOf } from '../operations/explain.js'
import { inspectSession, readSecret } from '../operations/read.js'
import { CONFIRM_JOIN } from '../scripts/cluster/confirm-join.js'
import { CREATE_CLUSTER } from '../scripts/cluster/create.js'
import type { HeldBySets } from '../scripts/cluster/held-by-sets.js'
import { JOIN_SET } from '../scripts/cluster/join-set.js'
import { UPDATE_CLUSTER } from '../scripts/cluster/update.js'
import type { EndedSession } from '../scripts/lib/end.js'
import type { JoinedSet } from '../scripts/lib/join.js'
import { ClusterRemoval } from './cluster-removal.js'
import {
  bestEffort,
  type Creation,
  endedWhileCreated,
  type IndexProtocol,
  MOST_WIDENED,
  notAnInteger,
  outOfStep,
  prepareCreation,
  pruneLater,
  recordExpiry,
  requestJoins,
  type Revocation,
  type RevokedPage,
} from './index-protocol.js'
import type { JoinRequest } from './join-request.js'
import { evictExcess, makeRoom, releaseSlots } from './limit.js'
import { CREATED_WITHIN, holdFor, reliesFor, WRITTEN_WITHIN } from './timing.js'

/** Replies for a session that is gone. */
const ENDED: ReadonlySet<string> = new Set(['gone', 'ended', 'expired', 'adopted'])

/** A set that was joined in step 1. */
interface Joined extends JoinedSet {
  readonly join: JoinRequest
  /** When, µs of its node's clock. */
  readonly at: number
  /** The revocation time that the session joined under, µs. */
  readonly revokedAt: string
}

/**
 * Sessions and sets on different nodes of a cluster, where nothing sees both at once. A write
 *
 * 1. joins the new sets,
 * 2. writes the hash,
 * 3. joins the sets again, in case step 1 was undone meanwhile, and confirms its slots where there is a limit:
 *    another sign-in may have been given them, which could not end a session that did not exist yet.
 *
 * A revokeAll between steps 1 and 2 meets the id in the set, and no session with this value. It leaves a
 * tombstone beside the hash, which step 2 checks.
 *
 * **An id never leaves a set while its session lives**: in any order, a concurrent change back to the old value
 * could lose it. It goes when the session is gone, which is final. A crash after step 1 leaves an id that
 * readers filter out.
 */
export class ClusterIndex implements IndexProtocol {
  readonly #context: RedisContext
  readonly #removal: ClusterRemoval

  constructor(context: RedisContext) {
    this.#context = context
    this.#removal = new ClusterRemoval(context)
  }

  async create(call: Call, creation: Creation): Promise<Lifetime | undefined> {
    const { id, changes } = creation
    const { session, joins } = prepareCreation(this.#context, creation)
    const { ttl } = session
    const joined = await this.#joinAll(call, id, joins, ttl)
    const held = heldBy(joined, ttl)
    const reply = await call.run(CREATE_CLUSTER, { session, held })
    if (reply.status === 'created') {
      await this.#confirmAll(call, id, joined, ttl)
      const { expiresAt } = reply
      return { expiresIn: ttl, expiresAt, hasOwnMaxAge: changes.maxAge !== undefined }
    }
    if (ENDED.has(reply.status)) await this.#pruneOwn(call, id, joins)
    await this.#releaseNew(call, id, joined)
    switch (reply.status) {
      case 'exists':
      case 'adopted':
        return undefined
      case 'ended':
        throw endedWhileCreated(creation)
      case 'late':
        throw outOfStep()
      case 'revoked':
        throw signInRevokedError()
    }
  }

  async update(call: Call, id: string, update: Update): Promise<Updated | Explanation> {
    const { keys, policy } = this.#context
    const session = {
      hash: keys.session(id),
      former: keys.former(id),
      tombstone: keys.tombstone(id),
      update,
      references: policy.references,
      timeouts: policy,
    }
    let references = referencesAmong(this.#context, update.set ?? new Map())
    let ttl = update.maxAge ?? policy.maxAge
    for (let widened = 0; widened < MOST_WIDENED; widened++) {
      const joins = requestJoins(this.#context, update, references)
      // Later the script has checked it.
      if (widened === 0 && joins.length > 0) {
        const refused = await this.#checkSecret(call, id, update)
        if (refused !== undefined) return refused
      }
      const joined = await this.#joinAll(call, id, joins, ttl)
      const held = heldBy(joined, ttl)
      const reply = await call.run(UPDATE_CLUSTER, { ...session, held })
      if (reply.status === 'updated') {
        await this.#confirmAll(call, id, joined, ttl)
        return reply.updated
      }
      await this.#releaseNew(call, id, joined)
      if (ENDED.has(reply.status)) await this.#pruneOwn(call, id, joins)
      else if (reply.status !== 'needs-sets') await this.#evictForLaterSlots(call, id, joined)
      switch (reply.status) {
        case 'gone':
        case 'superseded':
        case 'ended':
        case 'unproven':
          return refusalOf(this.#context, call, id, update, reply)
        case 'expired':
          return recordExpiry(id)
        case 'not-integer':
          throw notAnInteger(update)
        case 'late':
          throw outOfStep()
        case 'revoked':
          throw signInRevokedError()
        case 'needs-sets':
          references = [...reply.references]
          ttl = reply.ttl
      }
    }
    throw outOfStep()
  }

  /** A forged cookie, of another's id, must not put that id into sets; nor a stolen one without a proof. */
  async #checkSecret(call: Call, id: string, update: Update): Promise<Explanation | undefined> {
    const { secretHash, seenAlive, renewal, proof } = update
    if (secretHash === undefined || seenAlive === true) return undefined
    const { secret, binding } = await readSecret(this.#context, call, id)
    if (secret === undefined || (secret !== secretHash && secret !== renewal?.secretHash)) {
      return explain(this.#context, call, id, update)
    }
    if (proof === undefined || boundAt(binding) === undefined) return undefined
    const { latest } = await serverNow(this.#context, id)
    return isUnproven(binding, proof, latest) ? { ...GONE, refusal: 'unproven' } : undefined
  }

  /** Step 1, in all sets or in none. */
  async #joinAll(
    call: Call,
    id: string,
    joins: readonly JoinRequest[],
    ttl: number,
  ): Promise<Joined[]> {
    const outcomes = await Promise.allSettled(joins.map((join) => this.#join(call, id, join, ttl)))
    const joined = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = outcomes.find((one) => one.status === 'rejected')
    if (failed === undefined) return joined
    await this.#releaseNew(call, id, joined)
    throw failed.reason
  }

  /** Joins one set, once nothing blocks it. */
  async #join(call: Call, id: string, join: JoinRequest, ttl: number): Promise<Joined> {
    for (;;) {
      const sentAt = performance.now()
      const reply = await call.run(JOIN_SET, { id, join, holdFor: holdFor(ttl) })
      if (reply.status === 'joined') return { ...reply, join }
      const { field, value } = join.reference
      // A session that has the value already has signed in before.
      const has = await call.send('hget', [this.#context.keys.session(id)], [field])
      if (has === value) join.refuseNothing()
      else if (reply.status === 'revoked') join.checkRevocation(reply, sentAt)
      else await makeRoom(this.#context, call, join, reply, CREATED_WITHIN)
    }
  }

  /**
   * Step 3. Then ends the sessions over the limit, and prunes the sets.
   *
   * @throws `ERR_SESSION_REVOKED` where the session has lost a slot: it ends, if it still has that value
   */
  async #confirmAll(call: Call, id: string, joined: readonly Joined[], ttl: number): Promise<void> {
    const confirmed = await Promise.all(joined.map((one) => this.#confirm(call, id, one, ttl)))
    const lost = joined.filter((_, i) => confirmed[i] === 'evicted')
    for (const { join, slot } of lost) {
      const { failed } = await this.#removal.evict(call, join.reference, [[id, slot]])
      if (failed !== undefined) throw failed
    }
    if (lost.length > 0) throw endedWhileCreated()
    const sets = joined.flatMap(({ join }, i) => {
      const set = confirmed[i]
      return set === undefined || set === 'evicted' ? [] : [{ join, set }]
    })
    await this.#evictExcess(call, id, sets)
    pruneLater(this.#context, sets, (reference, ids) => this.prune(call, reference, ids))
  }

  async #confirm(
    call: Call,
    id: string,
    { join, slot }: Joined,
    ttl: number,
  ): Promise<JoinedSet | 'evicted' | undefined> {
    if (join.max !== undefined && join.isRefusable) {
      const reply = await call.run(CONFIRM_JOIN, { id, join, holdFor: holdFor(ttl), slot })
      return reply.status === 'evicted' ? reply.status : reply
    }
    join.refuseNothing()
    const reply = await call.run(JOIN_SET, { id, join, holdFor: holdFor(ttl) })
    return reply.status === 'joined' ? reply : undefined
  }

  /** Releases the slots that a write took in vain. */
  async #releaseNew(call: Call, id: string, joined: readonly Joined[]): Promise<void> {
    const taken = joined.filter(({ isNewSlot }) => isNewSlot)
    await bestEffort(
      Promise.all(taken.map(({ join, slot }) => releaseSlots(call, join, [[id, slot]]))),
    )
  }

  /**
   * Where a living session had a slot, a write that was refused has moved it to a later time: sessions that joined in
   * between do not evict it any more.
   */
  async #evictForLaterSlots(call: Call, id: string, joined: readonly Joined[]): Promise<void> {
    const moved = joined.filter(({ isNewSlot, slot }) => !isNewSlot && slot !== '')
    const sets = moved.map((set) => ({ join: set.join, set }))
    await this.#evictExcess(call, id, sets)
  }

  #evictExcess(call: Call, id: string, sets: Parameters<typeof evictExcess>[2]): Promise<void> {
    return evictExcess(call, id, sets, ({ reference }, slots) =>
      this.#removal.evict(call, reference, slots),
    )
  }

  async #pruneOwn(call: Call, id: string, joins: readonly JoinRequest[]): Promise<void> {
    await Promise.all(joins.map(({ reference }) => this.prune(call, reference, [id])))
  }

  leaveSets(call: Call, id: string, ended: EndedSession): Promise<void> {
    return this.#removal.leaveSets(call, id, ended)
  }

  revokePage(call: Call, revocation: Revocation, ids: readonly string[]): Promise<RevokedPage> {
    return this.#removal.revokePage(call, revocation, ids)
  }

  readPage(call: Call, ids: readonly string[]): Promise<(SessionDetails | undefined)[]> {
    return Promise.all(ids.map((id) => inspectSession(this.#context, call, id)))
  }

  prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    return this.#removal.prune(call, reference, ids)
  }
}

/**
 * What step 2 has to know of step 1. The script checks the times by its own clock: it may run much later than it
 * was sent, and must not claim what the sets no longer hold.
 */
function heldBy(joined: readonly Joined[], ttl: number): HeldBySets {
  const joinedAt = Math.min(...joined.map(({ at }) => at / 1000))
  return {
    until: joined.length === 0 ? undefined : Math.floor(joinedAt + reliesFor(ttl)),
    writeUntil: joined.length === 0 ? undefined : Math.floor(joinedAt + WRITTEN_WITHIN),
    sets: joined.map(({ join, revokedAt, slot }) => ({
      ...join.reference,
      revokedAt: join.isSignIn ? revokedAt : '',
      hadValue: join.isSignIn && !join.isRefusable,
      slot,
    })),
  }
}
