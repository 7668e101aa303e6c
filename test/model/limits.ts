/** What the protocol would be without a part that is there for what goes wrong. */
import { rerun } from './alter.js'
import type { Protocol } from './step.js'

/** The protocol without step 3: the caller is told after step 2. */
export function withoutStep3(protocol: Protocol): Protocol {
  const skip: Parameters<typeof rerun>[2] = (step, world, taken, settings) =>
    step.run(world, taken, settings).flatMap((outcome) => {
      const { next } = outcome
      if (next?.at !== 'join again') return outcome
      // What step 3 would do to the sets is left out; what it would tell the caller is not.
      const told = protocol.steps['join again']?.run(
        outcome.world,
        { ...next, todo: next.joins.slice(0, 1) },
        settings,
      )
      return (told ?? []).map((last) => ({
        ...outcome,
        resolved: true,
        next: last.next,
        world: { ...last.world, sets: outcome.world.sets },
      }))
    })
  return rerun(rerun(protocol, 'create', skip), 'update', skip)
}
