/** What a sign-in does that a set does not let in, and how it gets a slot. */
import type { HiddenEffects } from './effects.js'
import { isValue, type Operation, type SlotSeen, valueOf, WRITTEN } from './operation.js'
import { including, type Outcome, type Protocol, type Step, without } from './protocol.js'
import { type JoinRefusal } from './scripts.js'
import { endSession } from './scripts-end.js'
import { isLimited, releaseSlots, slotOf } from './slots.js'
import { hasValue, type Settings, type Value, type World } from './world.js'

type FirstStep = Protocol['firstStep']

/** A set does not let a sign-in in: it is refused, or checks the slots that may be free. */
export function reconsider(
  world: World,
  before: Operation,
  no: JoinRefusal,
  settings: Settings,
  firstStep: FirstStep,
  mayBeFree: (slot: SlotSeen) => boolean,
): Outcome {
  if (no.status === 'revoked') return { world, reply: 'revoked', refused: 'revoked' }
  const slotsToCheck = no.slots.filter(mayBeFree)
  const one: Operation = { ...before, slotsToCheck, slotsToFree: [] }
  const reply = 'full'
  if (slotsToCheck.length > 0) return { world, reply, next: { ...one, at: 'check slots' } }
  return { world, reply, ...afterCheckingSlots(one, settings, firstStep) }
}

/** It releases slots; or where none is free, it takes one too many or gives up. */
function afterCheckingSlots(
  one: Operation,
  { limit }: Settings,
  firstStep: FirstStep,
): Pick<Outcome, 'next' | 'refused'> {
  if (one.slotsToFree.length > 0) return { next: { ...one, at: 'release slots' } }
  if (limit?.onMax === 'refuse') return { refused: 'limit' }
  const next: Operation = { ...one, how: 'evict', todo: one.joins }
  return { next: { ...next, at: firstStep(next) } }
}

/** After a sign-in was written: evicts the excess sessions, then frees their slots. */
export function evictionFor(
  one: Operation,
  excess: readonly SlotSeen[],
  { limit }: Settings,
): Operation | undefined {
  if (excess.length === 0 || limit?.onMax === 'refuse') return undefined
  const ids = excess.map(([id]) => id).toSorted()
  return { ...one, ...WRITTEN, at: 'evict', how: 'confirm', slotsToFree: excess, ids, todo: [] }
}

export function limitSteps(
  firstStep: FirstStep,
): Record<'check slots' | 'release slots' | 'evict', Step> {
  return {
    'check slots': {
      run(world, before, settings) {
        return before.slotsToCheck.map((slot) => {
          const [id] = slot
          const has = hasValue(world, id, valueOf(before))
          const slotsToCheck = before.slotsToCheck.filter((other) => other !== slot)
          const slotsToFree = has
            ? before.slotsToFree
            : [...before.slotsToFree, slot].toSorted(byId)
          const one: Operation = { ...before, slotsToCheck, slotsToFree }
          const reply = `${id} ${has ? 'has the value' : 'does not have it'}`
          if (slotsToCheck.length > 0) return { world, reply, next: one }
          return { world, reply, ...afterCheckingSlots(one, settings, firstStep) }
        })
      },
    },

    'release slots': {
      run(world, before) {
        const after = releaseSlots(world, valueOf(before), before.slotsToFree)
        if (before.how === 'confirm') return [{ world: after, resolved: true }]
        const next: Operation = { ...before, slotsToFree: [], todo: before.joins }
        return [{ world: after, next: { ...next, at: firstStep(next) } }]
      },
    },

    evict: { run: (world, before) => before.ids.map((id) => evict(world, before, id)) },
  }
}

function evict(world: World, before: Operation, id: number): Outcome {
  const value = valueOf(before)
  const [, since = 0, later = 0] = before.slotsToFree.find(([other]) => other === id) ?? []
  const result = later === 1 ? undefined : endSession(world, id, value)
  const ended = result === undefined ? before.ended : including(before.ended, id)
  const ids = without(before.ids, id)
  const one: Operation = { ...before, ids, ended, todo: ended.length > 0 ? [value] : [] }
  const at = ids.length > 0 ? 'evict' : ended.length > 0 ? 'leave' : 'release slots'
  const next: Operation = { ...one, at }
  if (result !== undefined) return { world: result.world, reply: `${id} ended`, next }
  return {
    world,
    reply: `${id} ${later === 1 ? 'has signed in again' : 'does not have it'}`,
    effects: { tombstone: { id, value, by: 'slot', since } },
    next,
  }
}

export function releaseAfterwards(before: Operation): Operation {
  return { ...before, at: 'release slots', ended: [], todo: [] }
}

function byId([a]: SlotSeen, [b]: SlotSeen): number {
  return a - b
}

/** A written session's hash names its slot, where there is a limit. */
export function slotEffect(
  before: World,
  { id, change }: Operation,
  since: number,
  settings: Settings,
): Pick<HiddenEffects, 'slotInHash'> {
  if (!isValue(change) || !isLimited(change, settings)) return {}
  const fresh = !hasValue(before, id, change)
  return since < 0 && !fresh ? {} : { slotInHash: { id, value: change, since, fresh } }
}

/** On a cluster a session ends that was written and has lost its slot since. */
export const endOwnSession: Step = {
  run(world, before) {
    const { id, hasLaterSlot, slotChangesSinceTaken: since } = before
    const value = valueOf(before)
    const result = hasLaterSlot ? undefined : endSession(world, id, value)
    if (result === undefined) {
      const effects = { tombstone: { id, value, by: 'slot', since } as const }
      return [{ world, refused: 'gone', effects }]
    }
    const next: Operation = { ...before, at: 'leave', ended: [id], todo: result.left }
    return [{ world: result.world, next }]
  },
}

/** Whether a sign-in has lost the slot that it wants to confirm. */
export function lostSlot(world: World, one: Operation, value: Value, settings: Settings): boolean {
  const { how, change, id } = one
  const confirms = how === 'confirm' && change === value && isLimited(value, settings)
  return confirms && slotOf(world, value, id) === undefined
}
