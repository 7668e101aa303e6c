/** The protocol on one node, where a script sees hashes and sets together. */
import { evictionFor, limitSteps, reconsider, releaseAfterwards, slotEffect } from './limit.js'
import { type Safeguards, SAFEGUARDS } from './safeguards.js'
import { isCreation, isSignIn, type Operation, operation, valueOf } from './operation.js'
import { type Outcome, type Protocol, without } from './protocol.js'
import { create, leaveSet, update, type Written } from './scripts.js'
import { meetRevocation } from './scripts-end.js'
import { ONE_NODE_SOURCES } from './step-sources.js'
import {
  afterPrune,
  deleteStep,
  endOfPage,
  type Prunable,
  revokePageTogether,
  walkSteps,
} from './walk.js'
import { isLive, sessionOf, type Settings, withSession, type World } from './world.js'
import { acknowledge, otherHalf, samples } from './write.js'

const idsOfAnyAge: Prunable = (_, ids) => ids

function firstStep(one: Operation): 'create' | 'update' {
  return isCreation(one) ? 'create' : 'update'
}

/** After CREATE_ONE_NODE or UPDATE_ONE_NODE: leaves sets, evicts the excess sessions, and answers. */
function afterWrite(was: World, before: Operation, reply: Written, settings: Settings): Outcome[] {
  const { left, renewed, excess, slotChange } = reply
  const { id, joins, change } = before
  const world = acknowledge(reply.world, before)
  const effects = {
    ...(slotChange && { slotChanges: [[id, valueOf(before), slotChange]] as const }),
    ...slotEffect(was, before, slotChange === 'anew' ? 0 : -1, settings),
  }
  const outcome: Outcome = { world, reply: 'ok', wrote: true, renewed, effects }
  const eviction = evictionFor(before, excess, settings)
  if (left.length > 0) {
    const leaving = operation({ call: 'update', at: 'leave', id, ended: [id], todo: left, joins })
    if (eviction === undefined) return [{ ...outcome, resolved: true, next: leaving }]
    const { how, slotsToFree, ids } = eviction
    return [{ ...outcome, resolved: false, next: { ...leaving, change, how, slotsToFree, ids } }]
  }
  if (eviction !== undefined) return [{ ...outcome, next: eviction }]
  return samples(idsOfAnyAge, settings, world, joins, { ...outcome, resolved: true })
}

/** An id is taken while its creation is under way, and free again if that is refused. */
function withAsked(world: World, { call, id }: Operation, goesOn: boolean): World {
  const phase = goesOn ? 'asked' : 'unborn'
  const unmade = call === 'create' && ['unborn', 'asked'].includes(sessionOf(world, id).phase)
  return unmade ? withSession(world, id, { phase }) : world
}

export function oneNodeProtocol(safeguards: Safeguards = SAFEGUARDS): Protocol {
  const { buriesForOperator } = safeguards
  return {
    name: 'one node',
    firstStep,
    sources: ONE_NODE_SOURCES,
    steps: {
      ...walkSteps(idsOfAnyAge, revokePageTogether),
      ...limitSteps(firstStep),

      delete: deleteStep,

      create: {
        run(world, before, settings) {
          const reply = create(world, { operation: before, settings, buriesForOperator })
          const { status } = reply
          if (status === 'ok') return afterWrite(world, before, reply, settings)
          if (status === 'exists')
            return [{ world, reply: status, next: otherHalf(before, false, firstStep) }]
          if (status !== 'revoked' && status !== 'full')
            return [{ world, reply: status, refused: 'gone' }]
          const { world: met, effects } = meetRevocation(world, valueOf(before), reply, safeguards)
          const outcome = reconsider(met, before, reply, settings, firstStep, () => true)
          const after = withAsked(met, before, outcome.next !== undefined)
          return [{ ...outcome, world: after, effects }]
        },
      },

      update: {
        run(world, before, settings) {
          return update(world, { operation: before, settings, buriesForOperator }).flatMap(
            (reply): Outcome[] => {
              const { status } = reply
              if (status === 'ok') return afterWrite(world, before, reply, settings)
              if (status === 'join') {
                const { current: joins, ttl } = reply
                const how = isSignIn(before) ? 'claim' : 'keep'
                return [
                  { world, reply: `join ${joins.join()}`, next: { ...before, joins, ttl, how } },
                ]
              }
              if (status === 'revoked' || status === 'full') {
                const { world: met, effects } = meetRevocation(
                  world,
                  valueOf(before),
                  reply,
                  safeguards,
                )
                const outcome = reconsider(met, before, reply, settings, firstStep, () => true)
                return [{ ...outcome, effects }]
              }
              return [{ world, reply: status, next: otherHalf(before, true, firstStep) }]
            },
          )
        },
      },

      leave: {
        run(world, before, settings) {
          const { call, ended, joins } = before
          return before.todo.flatMap((value): Outcome[] => {
            const after = leaveSet(world, value, ended)
            const reply = value
            const todo = without(before.todo, value)
            if (todo.length > 0) return [{ world: after, reply, next: { ...before, todo } }]
            if (before.ids.length > 0) {
              const next: Operation = { ...before, at: 'evict', todo, ended: [] }
              return [{ world: after, reply, next }]
            }
            if (before.slotsToFree.length > 0)
              return [{ world: after, reply, next: releaseAfterwards(before) }]
            if (call !== 'revokeAll')
              return samples(idsOfAnyAge, settings, after, joins, { world: after, reply })
            return [{ world: after, reply, ...endOfPage(idsOfAnyAge, after, before) }]
          })
        },
      },

      prune: {
        run(world, before) {
          const living = before.ids.filter((id) => isLive(world, id))
          const reply = String(living.length)
          if (living.length === before.ids.length)
            return [{ world, reply, ...afterPrune(world, before) }]
          return [{ world, reply, next: { ...before, at: 'prune: remove' } }]
        },
      },

      'prune: remove': {
        run(world, before) {
          const after = leaveSet(world, before.set, before.ids)
          return [{ world: after, ...afterPrune(after, before) }]
        },
      },
    },
  }
}

export const ONE_NODE = oneNodeProtocol()
