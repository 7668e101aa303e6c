/** How ids leave the sets of a cluster: only when their sessions are gone. */
import { type ClusterOptions, firstStep } from './cluster-options.js'
import { releaseAfterwards } from './limit.js'
import type { Operation, StepName } from './operation.js'
import { including, type Step, type Steps, without } from './protocol.js'
import { removeIds } from './scripts.js'
import { buryMissing } from './scripts-end.js'
import { afterPrune, type Continuation, endOfPage } from './walk.js'
import { isLive, type World } from './world.js'
import { otherHalf } from './write.js'

function afterPruning(world: World, before: Operation): Continuation {
  const next = otherHalf(before, true, firstStep)
  return next === undefined ? afterPrune(world, before) : { next }
}

/**
 * Asks for each of the ids, in any order, whether its session is missing. Goes on to `then` with those that are;
 * without any, pruning is over.
 */
function missingStep(ask: (world: World, id: number) => World, then: StepName): Step {
  return {
    run(world, before) {
      return before.ids.map((id) => {
        const live = isLive(world, id)
        const after = ask(world, id)
        const reply = `${id} ${live ? 'lives' : 'is gone'}`
        const gone = live ? before.gone : including(before.gone, id)
        const ids = without(before.ids, id)
        if (ids.length > 0) return { world: after, reply, next: { ...before, ids, gone } }
        if (gone.length === 0) {
          return { world: after, reply, ...afterPruning(after, { ...before, ids }) }
        }
        return { world: after, reply, next: { ...before, at: then, ids: gone, gone: [] } }
      })
    },
  }
}

const exists = (world: World): World => world

type PruneStep = 'leave' | 'prune' | 'prune: remove'

export function pruneSteps(options: ClusterOptions): Steps & Record<PruneStep, Step> {
  const { prunable, safeguards } = options
  return {
    ...(safeguards.buriesBeforePruning && {
      'prune: bury': missingStep(buryMissing, 'prune: remove'),
    }),

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

    prune: missingStep(exists, safeguards.buriesBeforePruning ? 'prune: bury' : 'prune: remove'),

    'prune: remove': {
      run(world, before) {
        const after = removeIds(world, before.set, before.ids)
        return [{ world: after, ...afterPruning(after, { ...before, ids: [] }) }]
      },
    },
  }
}
