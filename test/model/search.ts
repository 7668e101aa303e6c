/** find, count, revokeAll and delete, as both protocols have them: src/store/redis/search.ts, end.ts. */
import { type Operation, operation } from './operation.js'
import { end, scan } from './scripts.js'
import { including, type Outcome, type Step, without } from './step.js'
import { hasValue, idsOf, isLive, sessionOf, type Value, type World } from './world.js'

/** Which of some ids a protocol looks at again, to take the dead out of a set. */
export type Prunable = (world: World, ids: readonly number[]) => readonly number[]

/** What a call does next, or that its caller is told. */
export type Continuation = Pick<Outcome, 'next' | 'resolved' | 'owed'>

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
  if (again) return { next: { ...one, scanned: [], again: false } }
  return { resolved: true, owed }
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

export function searchSteps(prunable: Prunable): Record<'scan' | 'inspect' | 'end', Step> {
  return {
    scan: {
      stands: 'search.ts walk: READ_PAGE',
      run(world, before) {
        const { call, set, scanned } = before
        const owed = before.owed ?? idsOf(world).filter((id) => owes(world, id, before))
        const rest = idsOf(world).filter((id) => !scanned.includes(id))
        return parts(rest).map((part) => {
          const ids = scan(world, set, part)
          const walked = { ...before, owed, scanned: [...scanned, ...part].toSorted() }
          const reply = `[${ids.join(' ')}]`
          if (ids.length === 0) return { world, reply, ...afterPage(world, walked) }
          const at = call === 'find' ? 'inspect' : 'end'
          return { world, reply, next: { ...walked, at, ids } }
        })
      },
    },

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

    end: {
      stands: 'end.ts endPage: DELETE if it has the value',
      run(world, before) {
        return before.ids.map((id) => oneEnded(prunable, world, before, id, before.set))
      },
    },
  }
}

/** end.ts endPage, one of the DELETEs of a page. `only`: the value without which it spares. */
export function oneEnded(
  prunable: Prunable,
  world: World,
  before: Operation,
  id: number,
  only: Value | undefined,
): Outcome {
  const result = end(world, id, only)
  const looked: Operation = { ...before, ids: without(before.ids, id) }
  const gone = isLive(world, id) ? before.gone : including(before.gone, id)
  const after: Operation =
    result === undefined
      ? { ...looked, gone }
      : {
          ...looked,
          again: true,
          ended: including(before.ended, id),
          todo: result.left.reduce((sets, value) => including(sets, value), before.todo),
          owed: without(before.owed ?? [], id),
        }
  const status = result !== undefined ? 'ended' : isLive(world, id) ? 'has another value' : 'gone'
  const outcome = {
    world: result?.world ?? world,
    reply: `${id} ${status}`,
    wrote: result !== undefined,
  }
  if (after.ids.length > 0) return { ...outcome, next: after }
  if (after.todo.length > 0) return { ...outcome, next: { ...after, at: 'leave' } }
  return { ...outcome, ...endOfPage(prunable, outcome.world, after) }
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
