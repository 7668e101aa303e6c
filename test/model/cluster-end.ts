/** How a cluster ends sessions that are too many, and tidies sets: write.ts, and the rest of cluster.ts. */
import type { Operation, StepName } from './operation.js'
import { end, join, remove } from './scripts.js'
import { afterPrune, type Continuation, endOfPage } from './search.js'
import { takeSeat } from './seats.js'
import { thenUnseat, valueOf } from './sign-in.js'
import { including, type Step, without } from './step.js'
import { first, type Ways } from './ways.js'
import { isLive, sessionOf, STILL, type World } from './world.js'
import { otherHalf } from './write.js'

/** write.ts: a session ends itself that was written and has lost its seat. */
export const undo: Step = {
  stands: 'write.ts notLetIn: DELETE if it has the value, and no later seat',
  run(world, before) {
    const { id, later, seat: since } = before
    const value = valueOf(before)
    const result = later ? undefined : end(world, id, value)
    const noted = { id, value, by: 'seat', since } as const
    if (result === undefined) return [{ world, refused: 'gone', told: { noted } }]
    const next: Operation = { ...before, at: 'leave', ended: [id], todo: result.left }
    return [{ world: result.world, next }]
  },
}

function pruned(world: World, before: Operation): Continuation {
  const next = otherHalf(before, true, first)
  return next === undefined ? afterPrune(world, before) : { next }
}

/**
 * cluster.ts #missing: EXISTS for each of the ids, in any order. Goes on with those that are there
 * (or not there), or, where none is, with what comes after pruning.
 */
function lookStep(stands: string, there: boolean, then: StepName): Step {
  return {
    stands,
    run(world, before) {
      return before.ids.map((id) => {
        const reply = `${id} ${isLive(world, id) ? 'is there' : 'is not there'}`
        const gone = isLive(world, id) === there ? including(before.gone, id) : before.gone
        const ids = without(before.ids, id)
        if (ids.length > 0) return { world, reply, next: { ...before, ids, gone } }
        if (gone.length === 0) return { world, reply, ...pruned(world, { ...before, ids }) }
        return { world, reply, next: { ...before, at: then, ids: gone, gone: [] } }
      })
    },
  }
}

export function tidySteps({
  hold,
  prunable,
}: Ways): Record<
  'leave' | 'prune' | 'prune: remove' | 'prune: look again' | 'prune: time' | 'prune: put back',
  Step
> {
  return {
    leave: {
      stands: 'cluster.ts ended: SREM',
      run(world, before) {
        return before.todo.map((value) => {
          const after = remove(world, value, before.ended)
          const reply = value
          const todo = without(before.todo, value)
          if (todo.length > 0) return { world: after, reply, next: { ...before, todo } }
          if (before.free.length > 0) return { world: after, reply, next: thenUnseat(before) }
          if (before.call !== 'revokeAll') return { world: after, reply }
          return { world: after, reply, ...endOfPage(prunable, after, before) }
        })
      },
    },

    prune: lookStep('cluster.ts prune: EXISTS', false, 'prune: remove'),

    'prune: remove': {
      stands: 'cluster.ts prune: SREM',
      run(world, before) {
        const after = remove(world, before.set, before.ids)
        return [{ world: after, next: { ...before, at: 'prune: look again' } }]
      },
    },

    'prune: look again': lookStep('cluster.ts prune, again: EXISTS', true, 'prune: time'),

    'prune: time': {
      stands: 'cluster.ts prune: PTTL',
      run(world, before, { clock }) {
        const [id = 0] = before.ids
        // Gone: -2, which are milliseconds and next to nothing. Without a clock all times are alike.
        const none = clock === undefined ? STILL.maxAge : 0
        const time = isLive(world, id) ? sessionOf(world, id).life : none
        const next: Operation = { ...before, at: 'prune: put back', time }
        return [{ world, reply: String(time), next }]
      },
    },

    'prune: put back': {
      stands: 'cluster.ts prune: JOIN_SET',
      run(world, before, settings) {
        const { set, time } = before
        const [id = 0, ...ids] = before.ids
        const joined = join(world, set, id, hold(time))
        const { world: after, changed } = takeSeat(joined, set, id, 'keep', settings)
        const told = changed ? { reseated: [[id, set, 'anew']] as const } : {}
        const rest: Operation = { ...before, ids, time: 0 }
        if (ids.length > 0) return [{ world: after, told, next: { ...rest, at: 'prune: time' } }]
        const outcome = pruned(after, rest)
        return [{ world: after, ...outcome, told: { ...told, ...outcome.told } }]
      },
    },
  }
}
