/** The cluster's protocol without step 3: the caller gets its answer after step 2. */
import { wrapStep } from './change-step.js'
import type { Protocol } from './protocol.js'

export function withoutStep3(protocol: Protocol): Protocol {
  const skip: Parameters<typeof wrapStep>[2] = (step, world, taken, settings) =>
    step.run(world, taken, settings).flatMap((outcome) => {
      const { next } = outcome
      if (next?.at !== 'join again') return outcome
      // Step 3 changes no set, but the caller gets its answer and its samples.
      const answered = protocol.steps['join again']?.run(
        outcome.world,
        { ...next, todo: next.joins.slice(0, 1) },
        settings,
      )
      return (answered ?? []).map((last) => ({
        ...outcome,
        resolved: true,
        next: last.next,
        world: { ...last.world, sets: outcome.world.sets },
      }))
    })
  return wrapStep(wrapStep(protocol, 'create', skip), 'update', skip)
}
