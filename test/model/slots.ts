/** What the scripts do with the slots of a value that has a limit. */
import type { How, Operation, SlotSeen } from './operation.js'
import { REFERENCE, type Settings, type Slot, type Value, withSlots, type World } from './world.js'

export function isLimited(value: Value, { limit }: Pick<Settings, 'limit'>): boolean {
  return limit !== undefined && REFERENCE[value] === 0
}

export function slotOf(world: World, value: Value, id: number): Slot | undefined {
  return world.slots[value].find((slot) => slot.id === id)
}

export function idsWithSlot(world: World, value: Value): number[] {
  return world.slots[value].map(({ id }) => id)
}

/** Whether no slot is free for a sign-in that claims one. */
export function isFull(world: World, value: Value, one: Operation, settings: Settings): boolean {
  const { limit } = settings
  if (limit === undefined || !isLimited(value, settings) || one.how !== 'claim') return false
  return slotOf(world, value, one.id) === undefined && world.slots[value].length >= limit.max
}

/** The slots that a script returns with `full`. */
export function slotsInReply(world: World, value: Value): SlotSeen[] {
  return world.slots[value].map(({ id }) => [id, 0, 0])
}

export interface SlotTaken {
  readonly world: World
  readonly took: boolean
  readonly changed: boolean
  /** The excess sessions that signed in before it. */
  readonly excess: readonly SlotSeen[]
}

/** What a script does when it joins the set. `earlier`: the slots taken before the one that is confirmed. */
export function takeSlot(
  world: World,
  value: Value,
  id: number,
  how: How,
  settings: Settings,
  earlier: readonly number[] = [],
): SlotTaken {
  const { limit } = settings
  if (limit === undefined || !isLimited(value, settings)) {
    return { world, took: false, changed: false, excess: [] }
  }
  const had = slotOf(world, value, id)
  const keeps = how === 'keep' || how === 'stay'
  const others = world.slots[value].filter((slot) => slot.id !== id)
  const claimed: Slot = { id, confirmed: false, old: false }
  const confirmed: Slot = { id, confirmed: true, old: false }
  const slots =
    how === 'confirm'
      ? world.slots[value].map((slot) => (slot.id === id ? confirmed : slot))
      : had !== undefined && keeps
        ? world.slots[value]
        : [...others, claimed]
  const before = how === 'confirm' ? others.filter((slot) => earlier.includes(slot.id)) : others
  const many = keeps ? 0 : Math.min(slots.length - limit.max, before.length)
  return {
    world: withSlots(world, value, slots),
    took: had === undefined,
    changed: how === 'confirm' ? had?.confirmed === false : had === undefined || !keeps,
    excess: before.slice(0, Math.max(0, many)).map((slot) => [slot.id, 0, 0]),
  }
}

/** RELEASE_SLOTS: frees slots that were not taken again, nor confirmed, since they were read. */
export function releaseSlots(world: World, value: Value, seen: readonly SlotSeen[]): World {
  const same = seen.filter(([, changes]) => changes === 0).map(([id]) => id)
  return removeSlots(world, value, same)
}

/** The command ZREM: frees slots, whenever they were taken. */
export function removeSlots(world: World, value: Value, ids: readonly number[]): World {
  const slots = world.slots[value]
  const left = slots.filter(({ id }) => !ids.includes(id))
  return left.length === slots.length ? world : withSlots(world, value, left)
}
