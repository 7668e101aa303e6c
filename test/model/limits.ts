/**
 * Where the protocol's promises end on a cluster: what happens if more goes wrong than it allows for.
 * And what would make it hold there too.
 */
import { instead, rerun } from './alter.js'
import { CLUSTER, old } from './cluster.js'
import { type Operation, operation } from './operation.js'
import { afterPage } from './search.js'
import type { Outcome, Protocol } from './step.js'
import { sessionOf, type World } from './world.js'

/**
 * CREATE refuses an id that was ended (for a minute DELETE would have to leave a note of that), and
 * one that is old by Redis's own clock, which others may by then take for dead.
 */
export const CREATES_ONCE = rerun(CLUSTER, 'create', (step, world, taken, settings) => {
  const { phase, young } = sessionOf(world, taken.id)
  const refused = taken.call === 'create' && (phase === 'dead' || !young)
  return refused ? [{ world, reply: 'too late' }] : step.run(world, taken, settings)
})

/**
 * Sessions that were ended are taken out of their sets as pruning does it: not the young ones, whose
 * ids stay for a minute, and with a second look.
 */
export const ENDS_AS_IT_PRUNES = instead(
  instead(CLUSTER, 'delete', endsAsItPrunes),
  'end',
  endsAsItPrunes,
)

function endsAsItPrunes(outcome: Outcome): readonly Outcome[] {
  const { next, world } = outcome
  if (next?.at !== 'leave') return [outcome]
  const ids = old(world, next.ended)
  if (next.call === 'revokeAll') return [{ ...outcome, ...revoking(world, next, ids) }]
  if (ids.length === 0) return [{ ...outcome, next: undefined }]
  return next.todo.map((set) => {
    return { ...outcome, next: operation({ call: 'prune', at: 'prune', set, ids }) }
  })
}

function revoking(
  world: World,
  next: Operation,
  ids: readonly number[],
): Partial<Omit<Outcome, 'world'>> {
  const page: Operation = { ...next, ids, gone: [], ended: [], todo: [] }
  return ids.length === 0 ? afterPage(world, page) : { next: { ...page, at: 'prune' } }
}

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
