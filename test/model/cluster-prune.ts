/** How ids leave the sets of a cluster: only when their sessions are gone. */
import { type ClusterOptions, firstStep } from './cluster-options.js'
import { releaseAfterwards } from './limit.js'
import type { Operation, StepName } from './operation.js'
import { including, type Step, without } from './protocol.js'
import { join, removeIds } from './scripts.js'
import { takeSlot } from './slots.js'
import { afterPrune, type Continuation, endOfPage } from './walk.js'
import { isLive, sessionOf, STILL, type World } from './world.js'
import { otherHalf } from './write.js'

function afterPruning(world: World, before: Operation): Continuation {
  const next = otherHalf(before, true, firstStep)
  return next === undefined ? afterPrune(world, before) : { next }
}

/**
 * EXISTS for each of the ids, in any order. Goes on to `then` with those that are `which`; without any,
 * pruning is over.
 */
function checkStep(which: 'live' | 'gone', then: StepName): Step {
  return {
    run(world, before) {
      return before.ids.map((id) => {
        const live = isLive(world, id)
        const reply = `${id} ${live ? 'lives' : 'is gone'}`
        const found = live === (which === 'live') ? including(before.gone, id) : before.gone
        const ids = without(before.ids, id)
        if (ids.length > 0) return { world, reply, next: { ...before, ids, gone: found } }
        if (found.length === 0) return { world, reply, ...afterPruning(world, { ...before, ids }) }
        return { world, reply, next: { ...before, at: then, ids: found, gone: [] } }
      })
    },
  }
}

type PruneStep =
  | 'leave'
  | 'prune'
  | 'prune: remove'
  | 'prune: check again'
  | 'prune: time'
  | 'prune: put back'

export function pruneSteps({ setTtl, prunable }: ClusterOptions): Record<PruneStep, Step> {
  return {
    leave: {
      run(world, before) {
        return before.todo.map((value) => {
          const after = removeIds(world, value, before.ended)
          const reply = value
          const todo = without(before.todo, value)
          if (todo.length > 0) return { world: after, reply, next: { ...before, todo } }
          if (before.slotsToFree.length > 0)
            return { world: after, reply, next: releaseAfterwards(before) }
          if (before.call !== 'revokeAll') return { world: after, reply }
          return { world: after, reply, ...endOfPage(prunable, after, before) }
        })
      },
    },

    prune: checkStep('gone', 'prune: remove'),

    'prune: remove': {
      run(world, before) {
        const after = removeIds(world, before.set, before.ids)
        return [{ world: after, next: { ...before, at: 'prune: check again' } }]
      },
    },

    'prune: check again': checkStep('live', 'prune: time'),

    'prune: time': {
      run(world, before, { clock }) {
        const [id = 0] = before.ids
        // PTTL of a missing key is -2 ms: next to nothing. Without a clock all times are alike.
        const none = clock === undefined ? STILL.maxAge : 0
        const time = isLive(world, id) ? sessionOf(world, id).life : none
        const next: Operation = { ...before, at: 'prune: put back', time }
        return [{ world, reply: String(time), next }]
      },
    },

    'prune: put back': {
      run(world, before, settings) {
        const { set, time } = before
        const [id = 0, ...ids] = before.ids
        const joined = join(world, set, id, setTtl(time))
        const { world: after, changed } = takeSlot(joined, set, id, 'keep', settings)
        const effects = changed ? { slotChanges: [[id, set, 'anew']] as const } : {}
        const rest: Operation = { ...before, ids, time: 0 }
        if (ids.length > 0) return [{ world: after, effects, next: { ...rest, at: 'prune: time' } }]
        const outcome = afterPruning(after, rest)
        return [{ world: after, ...outcome, effects: { ...effects, ...outcome.effects } }]
      },
    },
  }
}
