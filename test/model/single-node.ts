/** The protocol on a single node: src/store/redis/single-node.ts. */
import { asks, makes, type Operation, operation } from './operation.js'
import { create, unlink, update, type Written } from './scripts.js'
import {
  afterPrune,
  deleteStep,
  endOfPage,
  endTogether,
  type Prunable,
  searchSteps,
} from './search.js'
import { evicting, reconsider, seatTold, signInSteps, thenUnseat, valueOf } from './sign-in.js'
import { type Outcome, type Protocol, without } from './step.js'
import { isLive, sessionOf, type Settings, withSession, type World } from './world.js'
import { acknowledge, otherHalf, samples } from './write.js'

const everybody: Prunable = (_, ids) => ids

function first(one: Operation): 'create' | 'update' {
  return makes(one) ? 'create' : 'update'
}

/** What CREATE or UPDATE did: the session leaves sets, and others are ended for it; then it is answered. */
function written(was: World, before: Operation, reply: Written, settings: Settings): Outcome[] {
  const { left, renewed, over, reseated } = reply
  const { id, joins, change } = before
  const known = acknowledge(reply.world, before)
  const told = {
    ...(reseated && { reseated: [[id, valueOf(before), reseated]] as const }),
    ...seatTold(was, before, reseated === 'anew' ? 0 : -1, settings),
  }
  const outcome: Outcome = { world: known, reply: 'ok', wrote: true, renewed, told }
  const evict = evicting(before, over, settings)
  if (left.length > 0) {
    const leaving = operation({ call: 'update', at: 'leave', id, ended: [id], todo: left, joins })
    const then =
      evict === undefined ? {} : { change, how: evict.how, free: evict.free, ids: evict.ids }
    return [{ ...outcome, resolved: evict === undefined, next: { ...leaving, ...then } }]
  }
  if (evict !== undefined) return [{ ...outcome, next: evict }]
  return samples(everybody, settings, known, joins, { ...outcome, resolved: true })
}

/** An id is taken while its creation is under way, and free again if that is refused. */
function asked(world: World, { call, id }: Operation, goesOn: boolean): World {
  const phase = goesOn ? 'asked' : 'unborn'
  const unmade = call === 'create' && ['unborn', 'asked'].includes(sessionOf(world, id).phase)
  return unmade ? withSession(world, id, { phase }) : world
}

export const SINGLE_NODE: Protocol = {
  name: 'a single node',
  first,
  steps: {
    ...searchSteps(everybody, endTogether),
    ...signInSteps(first),

    delete: deleteStep,

    create: {
      stands: 'single-node.ts write: CREATE',
      run(world, before, settings) {
        const reply = create(world, { operation: before, settings })
        const { status } = reply
        if (status === 'ok') return written(world, before, reply, settings)
        if (status === 'exists')
          return [{ world, reply: status, next: otherHalf(before, false, first) }]
        if (status !== 'revoked' && status !== 'full')
          return [{ world, reply: status, refused: 'gone' }]
        const outcome = reconsider(world, before, reply, settings, first, () => true)
        return [{ ...outcome, world: asked(world, before, outcome.next !== undefined) }]
      },
    },

    update: {
      stands: 'single-node.ts write: UPDATE',
      run(world, before, settings) {
        return update(world, { operation: before, settings }).flatMap((reply): Outcome[] => {
          const { status } = reply
          if (status === 'ok') return written(world, before, reply, settings)
          if (status === 'join') {
            const { current: joins, ttl } = reply
            const how = asks(before) ? 'claim' : 'keep'
            return [{ world, reply: `join ${joins.join()}`, next: { ...before, joins, ttl, how } }]
          }
          if (status === 'revoked' || status === 'full')
            return [reconsider(world, before, reply, settings, first, () => true)]
          return [{ world, reply: status, next: otherHalf(before, true, first) }]
        })
      },
    },

    leave: {
      stands: 'single-node.ts left, ended: UNLINK',
      run(world, before, settings) {
        const { call, ended, joins } = before
        return before.todo.flatMap((value): Outcome[] => {
          const after = unlink(world, value, ended)
          const reply = value
          const todo = without(before.todo, value)
          if (todo.length > 0) return [{ world: after, reply, next: { ...before, todo } }]
          if (before.ids.length > 0) {
            const next: Operation = { ...before, at: 'evict', todo, ended: [] }
            return [{ world: after, reply, next }]
          }
          if (before.free.length > 0) return [{ world: after, reply, next: thenUnseat(before) }]
          if (call !== 'revokeAll')
            return samples(everybody, settings, after, joins, { world: after, reply })
          return [{ world: after, reply, ...endOfPage(everybody, after, before) }]
        })
      },
    },

    prune: {
      stands: 'single-node.ts prune: EXISTS',
      run(world, before) {
        const living = before.ids.filter((id) => isLive(world, id))
        const reply = String(living.length)
        if (living.length === before.ids.length)
          return [{ world, reply, ...afterPrune(world, before) }]
        return [{ world, reply, next: { ...before, at: 'prune: remove' } }]
      },
    },

    'prune: remove': {
      stands: 'single-node.ts prune: UNLINK',
      run(world, before) {
        const after = unlink(world, before.set, before.ids)
        return [{ world: after, ...afterPrune(after, before) }]
      },
    },
  },
}
