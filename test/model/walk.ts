/** find, count, revokeAll and delete, as far as both protocols share them. */
import { type Operation, operation } from './operation.js'
import { including, type Outcome, type Step, without } from './protocol.js'
import { removeIds } from './scripts.js'
import { beginRevocation, endSession, scanSet } from './scripts-end.js'
import { hasValue, idsOf, isLive, sessionOf, type Value, type World } from './world.js'

/** Which of some ids a protocol checks, to remove the dead ones from a set. */
export type Prunable = (world: World, ids: readonly number[]) => readonly number[]

/** What an operation does next, or that its caller gets its answer. */
export type Continuation = Pick<Outcome, 'next' | 'resolved' | 'owed' | 'effects'>

/** Prunes a set, with no caller waiting for it. */
export function pruning(
  prunable: Prunable,
  world: World,
  set: Value,
  among: readonly number[],
): Operation | undefined {
  const ids = prunable(world, among)
  return ids.length === 0 ? undefined : operation({ call: 'prune', at: 'prune', set, ids })
}

export function afterPage(world: World, before: Operation): Continuation {
  const { again, scanned, owed = [] } = before
  const one: Operation = { ...before, at: 'scan', ids: [], gone: [], ended: [], todo: [] }
  if (scanned.length < idsOf(world).length) return { next: one }
  // The number of walks needs no bound here: each but the last one ends a session.
  if (again) return { next: { ...one, scanned: [], again: false, whole: false } }
  if (before.call !== 'revokeAll') return { resolved: true, owed }
  const { set, revocations } = before
  return { resolved: true, owed, effects: { revokeAllAnswered: [set, revocations] } }
}

/** When a page has been checked, its dead ids are pruned. */
export function endOfPage(prunable: Prunable, world: World, before: Operation): Continuation {
  const { set, gone } = before
  const after = afterPage(world, before)
  // The caller gets its answer as early as possible, which asks most of the promises; pruning follows.
  if (after.resolved === true) return { ...after, next: pruning(prunable, world, set, gone) }
  const ids = prunable(world, gone)
  if (ids.length === 0) return after
  return { next: { ...before, at: 'prune', ids, gone: [], ended: [], todo: [] } }
}

export function afterPrune(world: World, before: Operation): Continuation {
  return before.call === 'prune' ? {} : afterPage(world, before)
}

/** The parts of a set that one page may hold: everything, or any one id first. */
function parts(ids: readonly number[]): (readonly number[])[] {
  return ids.length < 2 ? [ids] : [ids, ...ids.map((id) => [id])]
}

function readPage(world: World, before: Operation): Outcome[] {
  const { call, set, scanned } = before
  const owed = before.owed ?? idsOf(world).filter((id) => owes(world, id, before))
  const rest = idsOf(world).filter((id) => !scanned.includes(id))
  return parts(rest).map((part) => {
    const ids = scanSet(world, set, part)
    const whole = part.length === idsOf(world).length
    const walked = { ...before, owed, whole, scanned: [...scanned, ...part].toSorted() }
    const reply = `[${ids.join(' ')}]`
    if (ids.length === 0) return { world, reply, ...afterPage(world, walked) }
    return { world, reply, next: { ...walked, at: call === 'find' ? 'read' : 'revoke', ids } }
  })
}

export function walkSteps(
  prunable: Prunable,
  revoke: Step,
): Record<'begin revocation' | 'scan' | 'read' | 'revoke', Step> {
  return {
    'begin revocation': {
      run(world, before, settings) {
        const memo = settings.failsOver !== undefined && world.clockSetBack ? 'set back' : ''
        const begun = beginRevocation(world, before.set, settings)
        return readPage(begun.world, { ...before, memo }).map((outcome) => {
          return { ...outcome, effects: { ...outcome.effects, ...begun.effects } }
        })
      },
    },

    scan: { run: (world, before) => readPage(world, before) },

    read: {
      run(world, before) {
        return before.ids.map((id) => {
          const found = hasValue(world, id, before.set)
          const live = isLive(world, id)
          const checked: Operation = {
            ...before,
            ids: without(before.ids, id),
            gone: live ? before.gone : including(before.gone, id),
            owed: found ? without(before.owed ?? [], id) : before.owed,
          }
          const reply = `${id} ${found ? 'found' : live ? 'has another value' : 'gone'}`
          if (checked.ids.length > 0) return { world, reply, next: checked }
          return { world, reply, ...endOfPage(prunable, world, checked) }
        })
      },
    },

    revoke,
  }
}

/** On one node, one script ends the sessions of a page, and takes their ids out of the set. */
export const revokePageTogether: Step = {
  run: (world, before) => [withPageRevoked(world, before, before.set)],
}

/**
 * It leaves no tombstones: its revocation time refuses a resent creation. `only`: spares sessions without
 * this value.
 */
export function withPageRevoked(world: World, before: Operation, only: Value | undefined): Outcome {
  const { ids, set } = before
  let after = world
  let walked: Operation = { ...before, ids: [] }
  for (const id of ids) {
    const result = endSession(after, id, only, `revocation of ${set}`)
    if (result === undefined) continue
    after = result.world
    walked = afterEnding(walked, id, without(result.left, set))
  }
  after = removeIds(after, set, ids)
  const outcome = {
    world: after,
    reply: `[${walked.ended.join(' ')}] ended`,
    wrote: walked.ended.length > 0,
  }
  if (walked.todo.length > 0) return { ...outcome, next: { ...walked, at: 'leave' } }
  return { ...outcome, ...afterPage(after, walked) }
}

/** After a walk has ended a session, its id is still in other sets. */
function afterEnding(before: Operation, id: number, left: readonly Value[]): Operation {
  return {
    ...before,
    again: !before.whole,
    ended: including(before.ended, id),
    todo: left.reduce((sets, value) => including(sets, value), before.todo),
    owed: without(before.owed ?? [], id),
  }
}

export function revokeOneByOne(prunable: Prunable): Step {
  return {
    run: (world, before) => {
      return before.ids.map((id) => withOneRevoked(prunable, world, before, id, before.set))
    },
  }
}

/** `only`: spares a session without this value, and leaves a tombstone beside it. */
export function withOneRevoked(
  prunable: Prunable,
  world: World,
  before: Operation,
  id: number,
  only: Value | undefined,
): Outcome {
  const { set, revocations: since, memo } = before
  const result = endSession(world, id, only)
  const checked: Operation = { ...before, ids: without(before.ids, id) }
  const live = isLive(world, id)
  const after: Operation =
    result === undefined
      ? { ...checked, gone: live ? before.gone : including(before.gone, id) }
      : afterEnding(checked, id, result.left)
  const status = result !== undefined ? 'ended' : live ? 'has another value' : 'gone'
  const clockSetBack = memo === 'set back'
  const tombstone = { id, value: set, by: 'revoked', since, clockSetBack } as const
  const outcome = {
    world: result?.world ?? world,
    reply: `${id} ${status}`,
    wrote: result !== undefined,
    effects: result === undefined ? { tombstone } : {},
  }
  if (after.ids.length > 0) return { ...outcome, next: after }
  if (after.todo.length > 0) return { ...outcome, next: { ...after, at: 'leave' } }
  const rest = endOfPage(prunable, outcome.world, after)
  return { ...outcome, ...rest, effects: { ...outcome.effects, ...rest.effects } }
}

/** What a walk must find or end: a `find` only sessions that are sure to be found. */
function owes(world: World, id: number, { call, set }: Operation): boolean {
  if (!hasValue(world, id, set)) return false
  const { values, acknowledged } = sessionOf(world, id)
  return call === 'revokeAll' || acknowledged[values.indexOf(set)] === true
}

export const deleteStep: Step = {
  run(world, { guard, id }) {
    const ended = guard === 'replaced' ? undefined : endSession(world, id)
    if (ended === undefined) return [{ world, reply: 'gone', resolved: true }]
    const { world: after, left } = ended
    const outcome = { world: after, reply: 'ended', wrote: true, resolved: true }
    if (left.length === 0) return [outcome]
    const next = operation({ call: 'delete', at: 'leave', id, ended: [id], todo: left })
    return [{ ...outcome, next }]
  },
}
