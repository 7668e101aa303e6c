import { SessionError, signInRevokedError } from '../../../errors.js'
import {
  type Lifetime,
  type Reference,
  type SessionDetails,
  type Explanation,
  type Update,
  type Updated,
} from '../../store.js'
import { isId } from '../../token.js'
import type { Call } from '../client/connection.js'
import { type RedisContext, referencesAmong } from '../context.js'
import { chunks } from '../operations/chunks.js'
import { refusalOf } from '../operations/explain.js'
import { toDetails } from '../operations/read.js'
import type { EndedSession } from '../scripts/lib/end.js'
import type { JoinBlocked, JoinedSet, Slot } from '../scripts/lib/join.js'
import { CREATE_ONE_NODE } from '../scripts/one-node/create.js'
import { CREATE_SIMPLE, isSimple } from '../scripts/one-node/create-simple.js'
import { EVICT_ONE_NODE } from '../scripts/one-node/evict.js'
import { LEAVE_SET } from '../scripts/one-node/leave-set.js'
import { READ_PAGE } from '../scripts/one-node/read-page.js'
import { REVOKE_PAGE } from '../scripts/one-node/revoke-page.js'
import { UPDATE_ONE_NODE } from '../scripts/one-node/update.js'
import {
  bestEffort,
  BY_LIMIT,
  type Creation,
  type Ended,
  endedWhileCreated,
  type IndexProtocol,
  MOST_WIDENED,
  notAnInteger,
  outOfStep,
  prepareCreation,
  pruneLater,
  recordEnds,
  recordExpiry,
  requestJoins,
  type Revocation,
  type RevokedPage,
  setsLeft,
} from './index-protocol.js'
import type { JoinRequest } from './join-request.js'
import { evictExcess, makeRoom } from './limit.js'
import { BURIED_FOR } from './timing.js'

/** How many sessions one script ends: in less than a ms of the server's time. */
const TOGETHER = 100

/** How many sessions one script reads: they may be large. */
const READ_TOGETHER = 25

/**
 * Sessions and sets on one node: a single server, or a primary behind Sentinel. One script writes the hash and
 * joins the sets; another takes an id out of a set only if the hash does not have the value at that moment.
 */
export class OneNodeIndex implements IndexProtocol {
  readonly #context: RedisContext

  constructor(context: RedisContext) {
    this.#context = context
  }

  async create(call: Call, creation: Creation): Promise<Lifetime | undefined> {
    const { id, changes } = creation
    const { session, joins } = prepareCreation(this.#context, creation)
    for (let simple = isSimple(session, joins); ;) {
      const sentAt = performance.now()
      const reply = simple
        ? await call.run(CREATE_SIMPLE, { session, joins })
        : await call.run(CREATE_ONE_NODE, { session, joins, buryFor: BURIED_FOR })
      switch (reply.status) {
        case 'created': {
          const { expiresAt, joined } = reply
          await this.#afterJoins(call, id, joins, joined)
          return { expiresIn: session.ttl, expiresAt, hasOwnMaxAge: changes.maxAge !== undefined }
        }
        case 'needs-checks':
          simple = false
          break
        case 'exists':
        case 'adopted':
          return undefined
        case 'ended':
          throw endedWhileCreated(creation)
        default:
          await this.#unblock(call, joins, reply, sentAt)
      }
    }
  }

  async update(call: Call, id: string, update: Update): Promise<Updated | Explanation> {
    const { keys, policy } = this.#context
    const session = {
      id,
      hash: keys.session(id),
      former: keys.former(id),
      tombstone: keys.tombstone(id),
      buryFor: BURIED_FOR,
      update,
      references: policy.references,
      timeouts: policy,
    }
    let joins = requestJoins(
      this.#context,
      update,
      referencesAmong(this.#context, update.set ?? new Map()),
    )
    for (let widened = 0; ;) {
      const sentAt = performance.now()
      const reply = await call.run(UPDATE_ONE_NODE, { ...session, joins })
      switch (reply.status) {
        case 'updated':
          for (const reference of reply.left) await this.#leave(call, reference, [id])
          await this.#afterJoins(call, id, joins, reply.joined)
          return reply.updated
        case 'gone':
        case 'superseded':
        case 'ended':
        case 'unproven':
          return refusalOf(this.#context, call, id, update, reply)
        case 'expired':
          return recordExpiry(id)
        case 'not-integer':
          throw notAnInteger(update)
        case 'needs-sets':
          if (++widened === MOST_WIDENED) throw outOfStep()
          joins = requestJoins(this.#context, update, reply.references)
          break
        default:
          await this.#unblock(call, joins, reply, sentAt)
      }
    }
  }

  /** Resolves where a blocked write is worth another try. */
  async #unblock(
    call: Call,
    joins: readonly JoinRequest[],
    blocked: JoinBlocked,
    sentAt: number,
  ): Promise<void> {
    const join = joins[blocked.set]
    if (join === undefined) throw signInRevokedError()
    if (blocked.status === 'revoked') join.checkRevocation(blocked, sentAt)
    // A session and its slot are written together, so a slot without a session is free.
    else await makeRoom(this.#context, call, join, blocked, 0)
  }

  /** Ends the sessions over the limit, and prunes the sets. */
  async #afterJoins(
    call: Call,
    id: string,
    joins: readonly JoinRequest[],
    joined: readonly JoinedSet[],
  ): Promise<void> {
    // Most sign-ins find nothing to do here.
    if (joined.every(({ members, excess }) => members.length + excess.length === 0)) return
    const sets = joined.flatMap((set, i) => {
      const join = joins[i]
      return join === undefined ? [] : [{ join, set }]
    })
    await evictExcess(call, id, sets, ({ reference }, slots) => this.#evict(call, reference, slots))
    pruneLater(this.#context, sets, (reference, ids) => this.prune(call, reference, ids))
  }

  async leaveSets(call: Call, id: string, ended: EndedSession): Promise<void> {
    await this.#leaveAll(call, [{ ...ended, id }])
  }

  async revokePage(
    call: Call,
    revocation: Revocation,
    ids: readonly string[],
  ): Promise<RevokedPage> {
    const outcomes = await Promise.allSettled(
      chunks(ids, TOGETHER).map((part) => this.#revokeTogether(call, revocation, part)),
    )
    const ended: Ended[] = []
    let failed: unknown
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') failed ??= outcome.reason
      else {
        ended.push(...outcome.value.ended)
        failed ??= outcome.value.failed
      }
    }
    recordEnds(this.#context, ended, revocation)
    // The script has taken them out of this set.
    await this.#leaveAll(call, ended, revocation.reference.field)
    return { ended: ended.length, failed }
  }

  async #revokeTogether(
    call: Call,
    { reference, reason }: Revocation,
    ids: readonly string[],
  ): Promise<{ ended: readonly Ended[]; failed: unknown }> {
    const { keys, references } = this.#context
    const sessions = ids.map((id) => ({ id, hash: keys.session(id), former: keys.former(id) }))
    const value = keys.ofValue(reference.field, reference.value)
    const page = { reference, keys: value, sessions, references, reason }
    const { ended, error } = await call.run(REVOKE_PAGE, page)
    return { ended, failed: error === undefined ? undefined : unreadable(error) }
  }

  /** Ends sessions over a limit, each if it has not taken a later slot. */
  async #evict(
    call: Call,
    reference: Reference,
    slots: readonly Slot[],
  ): Promise<{ failed: unknown }> {
    const { keys, references } = this.#context
    const outcomes = await Promise.allSettled(
      slots.map(([id, slot]) =>
        call.run(EVICT_ONE_NODE, {
          hash: keys.session(id),
          former: keys.former(id),
          tombstone: keys.tombstone(id),
          reference,
          slot,
          buryFor: BURIED_FOR,
          reason: BY_LIMIT.reason,
          references,
        }),
      ),
    )
    const ended = outcomes.flatMap((outcome, i) =>
      outcome.status === 'fulfilled' && outcome.value.status === 'deleted'
        ? [{ ...outcome.value, id: slots[i]?.[0] ?? '' }]
        : [],
    )
    recordEnds(this.#context, ended, BY_LIMIT)
    await this.#leaveAll(call, ended)
    const rejected = outcomes.find((outcome) => outcome.status === 'rejected')
    return { failed: rejected?.reason }
  }

  /** Takes ended sessions out of their sets, except those of one reference. */
  async #leaveAll(call: Call, ended: readonly Ended[], except?: string): Promise<void> {
    const sets = setsLeft(this.#context, ended)
    await Promise.all(
      sets
        .filter(({ reference }) => reference.field !== except)
        .map(({ reference, ids }) => this.#leave(call, reference, ids)),
    )
  }

  async readPage(call: Call, ids: readonly string[]): Promise<(SessionDetails | undefined)[]> {
    const { keys, policy } = this.#context
    // Anything may be in a set.
    const known = ids.filter(isId)
    const pages = await Promise.all(
      chunks(known, READ_TOGETHER).map((part) => {
        return call.run(READ_PAGE, { hashes: part.map((id) => keys.session(id)) })
      }),
    )
    const read = new Map(pages.flat().map((reply, i) => [known[i], reply]))
    return ids.map((id) => toDetails(policy, id, read.get(id)))
  }

  async prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    const hashes = ids.map((id) => this.#context.keys.session(id))
    const prune = async () => {
      // The common case: all live, one cheap command.
      if (Number(await call.send('exists', hashes)) === ids.length) return
      await this.#leave(call, reference, ids)
    }
    await bestEffort(prune())
  }

  async #leave(call: Call, reference: Reference, ids: readonly string[]): Promise<void> {
    const { keys } = this.#context
    const sessions = ids.map((id) => ({ id, hash: keys.session(id) }))
    const value = keys.ofValue(reference.field, reference.value)
    await bestEffort(call.run(LEAVE_SET, { reference, keys: value, sessions }))
  }
}

function unreadable(error: string): SessionError {
  const cause = new Error(error)
  return new SessionError('ERR_SESSION_STORE', 'Redis could not answer (see cause)', { cause })
}
