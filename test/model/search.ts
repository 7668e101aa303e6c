/** find, count, revokeAll and delete, as both protocols have them: src/store/redis/search.ts, end.ts. */
import { type Operation, operation } from './operation.js'
import { end, mark, remove, scan } from './scripts.js'
import { including, type Outcome, type Step, without } from './step.js'
import { hasValue, idsOf, isLive, sessionOf, type Value, type World } from './world.js'

/** Which of some ids a protocol looks at again, to take the dead out of a set. */
export type Prunable = (world: World, ids: readonly number[]) => readonly number[]

/** What a call does next, or that its caller is told. */
export type Continuation = Pick<Outcome, 'next' | 'resolved' | 'owed' | 'told'>

/** A call that prunes a set and whose caller has been told, or waits for nothing else. */
export function pruning(
  prunable: Prunable,
  world: World,
  set: Value,
  among: readonly number[],
): Operation | undefined {
  const ids = prunable(world, among)
  return ids.length === 0 ? undefined : operation({ call: 'prune', at: 'prune', set, ids })
}

/** search.ts walk, after a page: the next page, or another walk, or the end. */
export function afterPage(world: World, before: Operation): Continuation {
  const { again, scanned, owed = [] } = before
  const one: Operation = { ...before, at: 'scan', ids: [], gone: [], ended: [], todo: [] }
  if (scanned.length < idsOf(world).length) return { next: one }
  // MOST_WALKS is not reached: each walk but the last one ends a session.
  if (again) return { next: { ...one, scanned: [], again: false, whole: false } }
  const told =
    before.call === 'revokeAll' ? { told: { revoked: [before.set, before.age] } as const } : {}
  return { resolved: true, owed, ...told }
}

/** search.ts findSessions and endPage, when a page has been looked at: the dead are taken out. */
export function endOfPage(prunable: Prunable, world: World, before: Operation): Continuation {
  const { set, gone } = before
  const after = afterPage(world, before)
  // Told at the earliest moment, which asks most of the promises: tidying up goes on by itself.
  if (after.resolved === true) return { ...after, next: pruning(prunable, world, set, gone) }
  const ids = prunable(world, gone)
  if (ids.length === 0) return after
  return { next: { ...before, at: 'prune', ids, gone: [], ended: [], todo: [] } }
}

/** After a set was pruned: search.ts goes on with the next page. */
export function afterPrune(world: World, before: Operation): Continuation {
  return before.call === 'prune' ? {} : afterPage(world, before)
}

/** The parts of a set that one page may hold: with two sessions both, or either of them first. */
function parts(ids: readonly number[]): (readonly number[])[] {
  return ids.length < 2 ? [ids] : [ids, ...ids.map((id) => [id])]
}

/** search.ts walk: a page of the set, the first of which MARK reads. */
function page(world: World, before: Operation): Outcome[] {
  const { call, set, scanned } = before
  const owed = before.owed ?? idsOf(world).filter((id) => owes(world, id, before))
  const rest = idsOf(world).filter((id) => !scanned.includes(id))
  return parts(rest).map((part) => {
    const ids = scan(world, set, part)
    const whole = part.length === idsOf(world).length
    const walked = { ...before, owed, whole, scanned: [...scanned, ...part].toSorted() }
    const reply = `[${ids.join(' ')}]`
    if (ids.length === 0) return { world, reply, ...afterPage(world, walked) }
    const at = call === 'find' ? 'inspect' : 'end'
    return { world, reply, next: { ...walked, at, ids } }
  })
}

export function searchSteps(
  prunable: Prunable,
  endStep: Step,
): Record<'mark' | 'scan' | 'inspect' | 'end', Step> {
  return {
    mark: {
      stands: 'search.ts endSessions: MARK',
      run(world, before, { failsOver }) {
        const note = failsOver === true && world.setBack ? 'set back' : ''
        return page(world, { ...before, note }).map((outcome) => {
          return { ...outcome, told: { ...outcome.told, ...mark(before.set) } }
        })
      },
    },

    scan: { stands: 'search.ts walk: READ_PAGE', run: (world, before) => page(world, before) },

    // countSessions sends HGET instead, to the same effect.
    inspect: {
      stands: 'search.ts findSessions: INSPECT',
      run(world, before) {
        return before.ids.map((id) => {
          const found = hasValue(world, id, before.set)
          const looked: Operation = {
            ...before,
            ids: without(before.ids, id),
            gone: isLive(world, id) ? before.gone : including(before.gone, id),
            owed: found ? without(before.owed ?? [], id) : before.owed,
          }
          const reply = `${id} ${found ? 'found' : isLive(world, id) ? 'has another value' : 'gone'}`
          if (looked.ids.length > 0) return { world, reply, next: looked }
          return { world, reply, ...endOfPage(prunable, world, looked) }
        })
      },
    },

    end: endStep,
  }
}

/** end.ts endPage on a single node: one DELETE for a page, which takes its ids out of the set. */
export const endTogether: Step = {
  stands: 'end.ts endPage: DELETE if they have the value',
  run: (world, before) => [pageEnded(world, before, before.set)],
}

/** It notes nothing: its mark refuses a creation that is sent again. `only`: the value without which it spares. */
export function pageEnded(world: World, before: Operation, only: Value | undefined): Outcome {
  const { ids, set } = before
  let after = world
  let walked: Operation = { ...before, ids: [] }
  for (const id of ids) {
    const result = end(after, id, only, 'marked')
    if (result === undefined) continue
    after = result.world
    walked = afterEnding(walked, id, without(result.left, set))
  }
  after = remove(after, set, ids)
  const outcome = {
    world: after,
    reply: `[${walked.ended.join(' ')}] ended`,
    wrote: walked.ended.length > 0,
  }
  if (walked.todo.length > 0) return { ...outcome, next: { ...walked, at: 'leave' } }
  return { ...outcome, ...afterPage(after, walked) }
}

/** A walk that has ended a session, which is still in other sets. */
function afterEnding(before: Operation, id: number, left: readonly Value[]): Operation {
  return {
    ...before,
    again: !before.whole,
    ended: including(before.ended, id),
    todo: left.reduce((sets, value) => including(sets, value), before.todo),
    owed: without(before.owed ?? [], id),
  }
}

/** end.ts endPage on a cluster: a DELETE for each session. */
export function endOneByOne(prunable: Prunable): Step {
  return {
    stands: 'end.ts endPage: DELETE if it has the value',
    run: (world, before) => {
      return before.ids.map((id) => oneEnded(prunable, world, before, id, before.set))
    },
  }
}

/** `only`: the value without which it spares. */
export function oneEnded(
  prunable: Prunable,
  world: World,
  before: Operation,
  id: number,
  only: Value | undefined,
): Outcome {
  const { set, age, note } = before
  const result = end(world, id, only)
  const looked: Operation = { ...before, ids: without(before.ids, id) }
  const gone = isLive(world, id) ? before.gone : including(before.gone, id)
  const after: Operation =
    result === undefined ? { ...looked, gone } : afterEnding(looked, id, result.left)
  const status = result !== undefined ? 'ended' : isLive(world, id) ? 'has another value' : 'gone'
  const noted = { id, value: set, by: 'mark', since: age, setBack: note === 'set back' } as const
  const outcome = {
    world: result?.world ?? world,
    reply: `${id} ${status}`,
    wrote: result !== undefined,
    told: result === undefined ? { noted } : {},
  }
  if (after.ids.length > 0) return { ...outcome, next: after }
  if (after.todo.length > 0) return { ...outcome, next: { ...after, at: 'leave' } }
  const rest = endOfPage(prunable, outcome.world, after)
  return { ...outcome, ...rest, told: { ...outcome.told, ...rest.told } }
}

/** Whom a search owes something when it begins: a finder only those that are sure to be found. */
function owes(world: World, id: number, { call, set }: Operation): boolean {
  if (!hasValue(world, id, set)) return false
  const { values, acknowledged } = sessionOf(world, id)
  return call === 'revokeAll' || acknowledged[values.indexOf(set)] === true
}

export const deleteStep: Step = {
  stands: 'end.ts endSession: DELETE',
  run(world, { guard, id }) {
    const ended = guard === 'replaced' ? undefined : end(world, id)
    if (ended === undefined) return [{ world, reply: 'gone', resolved: true }]
    const { world: after, left } = ended
    const outcome = { world: after, reply: 'ended', wrote: true, resolved: true }
    if (left.length === 0) return [outcome]
    const next = operation({ call: 'delete', at: 'leave', id, ended: [id], todo: left })
    return [{ ...outcome, next }]
  },
}
