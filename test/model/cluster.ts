/** The protocol on a cluster: src/store/redis/cluster.ts. */
import { makes, type Operation, operation, type StepName } from './operation.js'
import { create, join, remove, update } from './scripts.js'
import {
  afterPrune,
  type Continuation,
  deleteStep,
  endOfPage,
  type Prunable,
  searchSteps,
} from './search.js'
import { including, type Outcome, type Protocol, type Step, without } from './step.js'
import { isLive, sessionOf, type Settings, STILL, withSession, type World } from './world.js'
import { acknowledge, otherHalf, samples } from './write.js'

/** cluster.ts prune, SURELY_CREATED: a younger id may be of a session that is being made. */
export const old: Prunable = (world, ids) => ids.filter((id) => !sessionOf(world, id).young)

/** Where a variant may do it in another way. Times in ticks. */
export interface Ways {
  /** For how long the sets have to hold a session, and for how long its hash may count on that. */
  readonly hold: (ttl: number) => number
  readonly joinedFor: (ttl: number) => number
  /** Which ids are looked at, to take the dead out of a set. */
  readonly prunable: Prunable
}

/** cluster.ts SLACK: more than any call takes in a life that is short. */
const SLACK = 2

/** The way that src does it. Of 2 and 1.9 times a life the difference is a tick. */
const WAYS: Ways = {
  hold: (ttl) => Math.max(2 * ttl, ttl + SLACK),
  joinedFor: (ttl) => Math.max(2 * ttl - 1, ttl + SLACK / 2),
  prunable: old,
}

function first(one: Operation): StepName {
  return one.joins.length > 0 ? 'join' : writing(one)
}

function writing(one: Operation): StepName {
  return makes(one) ? 'create' : 'update'
}

/** From the first command of its creation on, a session's id may be in sets. */
function begun(world: World, { call, id }: Operation): World {
  const unborn = call === 'create' && sessionOf(world, id).phase === 'unborn'
  return unborn ? withSession(world, id, { phase: 'making' }) : world
}

function joinStep(
  stands: string,
  { hold, joinedFor }: Ways,
  joined: (world: World, after: Operation) => Outcome[],
): Step {
  return {
    stands,
    run(world, before, { clock }) {
      return before.todo.flatMap((value) => {
        const { id, ttl, joins } = before
        const after = join(begun(world, before), value, id, hold(ttl))
        const todo = without(before.todo, value)
        // The first of the sets is the first to let it go.
        const earliest = before.todo.length === joins.length && clock !== undefined
        const held = earliest ? joinedFor(ttl) + (clock.ahead ?? 0) : before.held
        const outcomes =
          todo.length > 0
            ? [{ world: after, next: { ...before, todo, held } }]
            : joined(after, { ...before, todo, held })
        return outcomes.map((outcome) => ({ ...outcome, reply: value }))
      })
    },
  }
}

/** After step 2: on to step 3; or the end, where no set was joined. */
function written(world: World, before: Operation, renewed: boolean): Outcome {
  const outcome = { world, reply: 'ok', wrote: true, renewed }
  const { joins } = before
  if (joins.length === 0) return { ...outcome, resolved: true }
  // Nobody asks for the secret any more, nor for how long it is held.
  const next = { ...before, at: 'join again', todo: joins, guard: 'operator', held: 0 } as const
  return { ...outcome, next }
}

function writeSteps(ways: Ways): Record<'join' | 'create' | 'update' | 'join again', Step> {
  const given = (before: Operation, settings: Settings) => {
    return { operation: before, settings, joinedFor: before.held }
  }
  return {
    join: joinStep('cluster.ts write, step 1: JOIN_SET', ways, (world, before) => [
      { world, next: { ...before, at: writing(before) } },
    ]),

    create: {
      stands: 'cluster.ts write, step 2: CREATE',
      run(world, before, settings) {
        const made = create(world, given(before, settings))
        if (made === undefined)
          return [{ world, reply: 'exists', next: otherHalf(before, false, first) }]
        const { joins, ttl, held } = before
        const late =
          settings.clock !== undefined && joins.length > 0 && ttl > held && made !== world
        return late ? [{ world, reply: 'late' }] : [written(made, before, false)]
      },
    },

    update: {
      stands: 'cluster.ts write, step 2: UPDATE',
      run(world, before, settings) {
        return update(world, given(before, settings)).flatMap((reply): Outcome[] => {
          const { status } = reply
          if (status === 'ok') return [written(reply.world, before, reply.renewed)]
          if (status === 'gone') return refused(ways.prunable, world, before)
          const { current: joins, ttl } = reply
          const next: Operation = { ...before, at: 'join', joins, todo: joins, ttl }
          return [{ world, reply: `join ${joins.join()}`, next }]
        })
      },
    },

    'join again': joinStep('cluster.ts write, step 3: JOIN_SET', ways, (world, before) => {
      const known = acknowledge(world, before)
      return samples(ways.prunable, known, before.joins, { world: known, resolved: true })
    }),
  }
}

/** cluster.ts write, after `gone`: takes the session out of the sets that it has joined for nothing. */
function refused(prunable: Prunable, world: World, before: Operation): Outcome[] {
  const { joins, id } = before
  const ids = prunable(world, [id])
  const outcome = { world, reply: 'gone' }
  if (joins.length === 0 || ids.length === 0)
    return [{ ...outcome, next: otherHalf(before, true, first) }]
  return joins.map((set) => {
    const next = operation({ call: 'prune', at: 'prune', set, ids })
    return { ...outcome, next: before.call === 'put' ? { ...before, at: 'prune', set, ids } : next }
  })
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

function tidySteps({
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
      run(world, before) {
        const { set, time } = before
        const [id = 0, ...ids] = before.ids
        const after = join(world, set, id, hold(time))
        const rest: Operation = { ...before, ids, time: 0 }
        if (ids.length === 0) return [{ world: after, ...pruned(after, rest) }]
        return [{ world: after, next: { ...rest, at: 'prune: time' } }]
      },
    },
  }
}

export function clusterProtocol(changed: Partial<Ways> = {}): Protocol {
  const ways: Ways = { ...WAYS, ...changed }
  return {
    name: 'a cluster',
    first,
    steps: {
      ...searchSteps(ways.prunable),
      delete: deleteStep,
      ...writeSteps(ways),
      ...tidySteps(ways),
    },
  }
}

export const CLUSTER = clusterProtocol()
