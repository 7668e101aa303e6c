/** The protocol on a single node: src/store/redis/single-node.ts. */
import { makes, type Operation, operation } from './operation.js'
import { create, unlink, update } from './scripts.js'
import { afterPrune, deleteStep, endOfPage, type Prunable, searchSteps } from './search.js'
import { type Outcome, type Protocol, without } from './step.js'
import { isLive } from './world.js'
import { acknowledge, otherHalf, samples } from './write.js'

const everybody: Prunable = (_, ids) => ids

function first(one: Operation): 'create' | 'update' {
  return makes(one) ? 'create' : 'update'
}

export const SINGLE_NODE: Protocol = {
  name: 'a single node',
  first,
  steps: {
    ...searchSteps(everybody),

    delete: deleteStep,

    create: {
      stands: 'single-node.ts write: CREATE',
      run(world, before, settings) {
        const made = create(world, { operation: before, settings })
        if (made === undefined)
          return [{ world, reply: 'exists', next: otherHalf(before, false, first) }]
        const known = acknowledge(made, before)
        const outcome = { world: known, reply: 'ok', wrote: true, resolved: true }
        return samples(everybody, known, before.joins, outcome)
      },
    },

    update: {
      stands: 'single-node.ts write: UPDATE',
      run(world, before, settings) {
        return update(world, { operation: before, settings }).flatMap((reply): Outcome[] => {
          const { status } = reply
          if (status === 'gone')
            return [{ world, reply: status, next: otherHalf(before, true, first) }]
          if (status === 'join') {
            const { current: joins, ttl } = reply
            return [{ world, reply: `join ${joins.join()}`, next: { ...before, joins, ttl } }]
          }
          const { left, renewed } = reply
          const known = acknowledge(reply.world, before)
          const outcome = { world: known, reply: status, wrote: true, renewed, resolved: true }
          if (left.length === 0) return samples(everybody, known, before.joins, outcome)
          const { id, joins } = before
          const next = operation({
            call: 'update',
            at: 'leave',
            id,
            ended: [id],
            todo: left,
            joins,
          })
          return [{ ...outcome, next }]
        })
      },
    },

    leave: {
      stands: 'single-node.ts left, ended: UNLINK',
      run(world, before) {
        const { call, ended, joins } = before
        return before.todo.flatMap((value): Outcome[] => {
          const after = unlink(world, value, ended)
          const reply = value
          const todo = without(before.todo, value)
          if (todo.length > 0) return [{ world: after, reply, next: { ...before, todo } }]
          if (call !== 'revokeAll') return samples(everybody, after, joins, { world: after, reply })
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
