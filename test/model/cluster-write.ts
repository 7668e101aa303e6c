/** A write on a cluster: (1) join the sets, (2) write the hash, (3) join the sets again. */
import { type ClusterOptions, firstStep, writeStep } from './cluster-options.js'
import { endOwnSession, evictionFor, lostSlot, reconsider, slotEffect } from './limit.js'
import type { Safeguards } from './safeguards.js'
import {
  isCreation,
  isSignIn,
  type Operation,
  operation,
  type SlotSeen,
  valueOf,
  WRITTEN,
} from './operation.js'
import { type Outcome, type Step, type Steps, without } from './protocol.js'
import { create, join, joinRefusal, update, type UpdateReply } from './scripts.js'
import { meetRevocation } from './scripts-end.js'
import { idsWithSlot, isLimited, releaseSlots, slotOf, takeSlot } from './slots.js'
import type { Prunable } from './walk.js'
import {
  hasValue,
  isLive,
  sessionOf,
  type Settings,
  type Value,
  withSession,
  type World,
} from './world.js'
import { acknowledge, otherHalf, samples } from './write.js'

/** From the first command of its creation on, a session's id may be in sets. */
function withBegun(world: World, { call, id }: Operation): World {
  const { phase } = sessionOf(world, id)
  const unborn = call === 'create' && (phase === 'unborn' || phase === 'asked')
  return unborn ? withSession(world, id, { phase: 'making' }) : world
}

/** Step 1 is refused. A session that has the value already stays; a creation's id is new, so it has not. */
function refusedToJoin(
  world: World,
  before: Operation,
  value: Value,
  settings: Settings,
  safeguards: Safeguards,
): Outcome | undefined {
  const no = valueGiven(before) === value ? joinRefusal(world, value, before, settings) : undefined
  if (no === undefined) return undefined
  const { world: met, effects } = meetRevocation(world, value, no, safeguards)
  if (!isCreation(before)) {
    const slotsToCheck = no.status === 'full' ? no.slots : []
    const revocationSetBack = before.revocationSetBack || effects.revocationMet !== undefined
    const next: Operation = { ...before, at: 'check value', slotsToCheck, revocationSetBack }
    return { world: met, reply: no.status, effects, next }
  }
  const begun = withBegun(met, before)
  const outcome = reconsider(begun, before, no, settings, firstStep, mayBeFree(world, value))
  return { ...outcome, effects }
}

function valueGiven(one: Operation): Value | undefined {
  return one.how === 'keep' ? undefined : valueOf(one)
}

/** A slot that is not confirmed may belong to a session that is being created, for a minute. */
function mayBeFree(world: World, value: Value) {
  return ([id]: SlotSeen): boolean => {
    const slot = slotOf(world, value, id)
    return slot !== undefined && (slot.confirmed || slot.old)
  }
}

function joinOne(
  world: World,
  before: Operation,
  value: Value,
  options: ClusterOptions,
  settings: Settings,
) {
  const { id, ttl, how } = before
  const gives = valueGiven(before) === value
  const joined = join(withBegun(world, before), value, id, options.setTtl(ttl))
  const slot = takeSlot(joined, value, id, gives ? how : 'keep', settings, before.earlierSlots)
  const { took: tookSlot, changed } = slot
  const anew = how === 'confirm' ? 'confirmed' : 'anew'
  const effects = changed ? { slotChanges: [[id, value, anew]] as const } : {}
  const isReported = changed && (tookSlot || options.reportedSlots === 'each')
  const reply: Partial<Operation> = {
    revocationsSinceJoin: 0,
    slotChangesSinceTaken: isReported ? 0 : -1,
    earlierSlots: changed ? idsWithSlot(slot.world, value).filter((one) => one !== id) : [],
    tookSlot,
  }
  const tookAgain = gives && changed && !tookSlot && how !== 'confirm'
  return { world: slot.world, excess: slot.excess, tookAgain, learned: gives ? reply : {}, effects }
}

function joinStep(options: ClusterOptions): Step {
  return {
    run(world, before, settings) {
      const { clock } = settings
      return before.todo.map((value): Outcome => {
        const refused = refusedToJoin(world, before, value, settings, options.safeguards)
        if (refused !== undefined) return refused
        const joined = joinOne(world, before, value, options, settings)
        const todo = without(before.todo, value)
        // The set that was joined first expires first.
        const isFirst = before.todo.length === before.joins.length && clock !== undefined
        const heldFor = isFirst
          ? options.indexedFor(before.ttl) + (clock.ahead ?? 0)
          : before.heldFor
        const at = todo.length > 0 ? 'join' : writeStep(before)
        const slotsToFree = joined.tookAgain ? joined.excess : before.slotsToFree
        const next: Operation = { ...before, at, todo, heldFor, slotsToFree, ...joined.learned }
        return { world: joined.world, reply: value, effects: joined.effects, next }
      })
    },
  }
}

function joinAgainStep(options: ClusterOptions): Step {
  return {
    run(world, before, settings) {
      return before.todo.flatMap((value): Outcome[] => {
        if (lostSlot(world, before, value, settings)) {
          return [{ world, reply: 'evicted', next: { ...before, at: 'end own session' } }]
        }
        const { world: after, excess, effects } = joinOne(world, before, value, options, settings)
        const todo = without(before.todo, value)
        const reply = value
        if (todo.length > 0) return [{ world: after, reply, effects, next: { ...before, todo } }]
        const known = acknowledge(after, before)
        const next = evictionFor(before, excess, settings)
        if (next !== undefined) return [{ world: known, reply, effects, next }]
        const outcome = { world: known, reply, effects, resolved: true }
        return samples(options.prunable, settings, known, before.joins, outcome)
      })
    },
  }
}

/** After step 2: step 3, or the end where no set was joined. */
function afterWrite(
  was: World,
  world: World,
  before: Operation,
  renewed: boolean,
  settings: Settings,
): Outcome {
  const effects = slotEffect(was, before, before.slotChangesSinceTaken, settings)
  const outcome = { world, reply: 'ok', wrote: true, renewed, effects }
  const { joins } = before
  if (joins.length === 0) return { ...outcome, resolved: true }
  const value = valueGiven(before)
  const claimed = before.how === 'claim' || before.how === 'evict'
  const confirms = claimed && value !== undefined && isLimited(value, settings)
  const next: Operation = {
    ...before,
    ...WRITTEN,
    at: 'join again',
    todo: joins,
    how: 'keep',
    slotsToFree: [],
  }
  if (!confirms) return { ...outcome, next }
  const { slotChangesSinceTaken, earlierSlots } = before
  return { ...outcome, next: { ...next, how: 'confirm', slotChangesSinceTaken, earlierSlots } }
}

/** Step 2 did nothing: frees the slot that was taken for it, then goes on with `next`, if anything. */
function releasingOwnSlot(before: Operation, next?: Operation): Pick<Outcome, 'next'> {
  if (!before.tookSlot || before.slotChangesSinceTaken !== 0) return { next }
  const rest: Operation = next ?? { ...before, ...WRITTEN, how: 'keep', todo: [] }
  return {
    next: { ...rest, at: 'release own slot', slotChangesSinceTaken: 0, tookSlot: true },
  }
}

/**
 * Step 2 did nothing. If the session lives and has a later slot now, it evicts those that it was told of: nobody else would. If
 * the session is gone, its id leaves the sets that it has joined.
 */
function afterRefusal(
  prunable: Prunable,
  world: World,
  before: Operation,
  settings: Settings,
  { status }: Exclude<UpdateReply, { status: 'ok' | 'join' | 'full' }>,
): Outcome[] {
  const { joins, id, call, tookSlot, slotsToFree } = before
  const isRevoked = status === 'tombstone' && before.tombstone === 'revoked'
  const outcome: Outcome = { world, reply: status, refused: isRevoked ? 'revoked' : 'gone' }
  const keepsSlot = !tookSlot && isLive(world, id)
  const eviction = keepsSlot ? evictionFor(before, slotsToFree, settings) : undefined
  if (eviction !== undefined) return [{ ...outcome, next: eviction }]
  const isGone = status === 'gone' || status === 'ended'
  const ids = isGone && !before.tookSlot ? prunable(world, [id]) : []
  if (joins.length === 0 || ids.length === 0) {
    return [{ ...outcome, ...releasingOwnSlot(before, otherHalf(before, isGone, firstStep)) }]
  }
  return joins.map((set) => {
    const next = operation({ call: 'prune', at: 'prune', set, ids })
    return { ...outcome, next: call === 'put' ? { ...before, at: 'prune', set, ids } : next }
  })
}

type WriteStep =
  | 'join'
  | 'check value'
  | 'create'
  | 'update'
  | 'release own slot'
  | 'join again'
  | 'end own session'

const checkSecret: Step = {
  run(world, before) {
    const { guard } = before
    const isRight = isLive(world, before.id) && (guard === 'current' || guard === 'next')
    if (isRight) return [{ world, reply: 'right', next: { ...before, at: firstStep(before) } }]
    return [{ world, reply: 'wrong', refused: 'gone' }]
  },
}

export function writeSteps(options: ClusterOptions): Steps & Record<WriteStep, Step> {
  const { prunable } = options
  const given = (before: Operation, settings: Settings) => {
    return { operation: before, settings, joinedFor: before.heldFor }
  }
  return {
    ...(options.safeguards.provesSecret && { 'check secret': checkSecret }),
    join: joinStep(options),

    'check value': {
      run(world, before, settings) {
        const value = valueOf(before)
        const { slotsToCheck: slots } = before
        const one: Operation = { ...before, slotsToCheck: [] }
        if (hasValue(world, before.id, value)) {
          return [{ world, reply: 'has it', next: { ...one, at: 'join', how: 'stay' } }]
        }
        const no =
          slots.length > 0 ? { status: 'full' as const, slots } : { status: 'revoked' as const }
        return [reconsider(world, one, no, settings, firstStep, mayBeFree(world, value))]
      },
    },

    create: {
      run(world, before, settings) {
        const reply = create(world, given(before, settings))
        if (reply.status === 'ok') return [afterWrite(world, reply.world, before, false, settings)]
        if (reply.status === 'full') throw new Error('on a cluster a session has joined before')
        return afterRefusal(prunable, world, before, settings, reply)
      },
    },

    update: {
      run(world, before, settings) {
        return update(world, given(before, settings)).flatMap((reply): Outcome[] => {
          const { status } = reply
          if (status === 'ok')
            return [afterWrite(world, reply.world, before, reply.renewed, settings)]
          if (status === 'full') throw new Error('on a cluster a session has joined before')
          if (status !== 'join') return afterRefusal(prunable, world, before, settings, reply)
          const { current: joins, ttl } = reply
          const next: Operation = {
            ...before,
            at: 'join',
            joins,
            todo: joins,
            ttl,
            how: isSignIn(before) ? 'claim' : 'keep',
            revocationsSinceJoin: -1,
            tombstone: '',
            slotChangesSinceTaken: -1,
            tookSlot: false,
            slotsToFree: [],
          }
          return [{ world, reply: `join ${joins.join()}`, ...releasingOwnSlot(before, next) }]
        })
      },
    },

    'release own slot': {
      run(world, before) {
        const { id, slotChangesSinceTaken, todo } = before
        const after = releaseSlots(world, valueOf(before), [[id, slotChangesSinceTaken, 0]])
        const next: Operation = {
          ...before,
          at: 'join',
          slotChangesSinceTaken: -1,
          tookSlot: false,
        }
        return [{ world: after, next: todo.length > 0 ? next : undefined }]
      },
    },

    'join again': joinAgainStep(options),

    'end own session': endOwnSession,
  }
}
