/** Seats: what scripts/script.ts and scripts/unseat.ts do with them. */
import type { How, Operation, SeatSeen } from './operation.js'
import { REFERENCE, type Seat, type Settings, type Value, withSeats, type World } from './world.js'

/** Whether a value has a limit. */
export function isLimited(value: Value, { limit }: Pick<Settings, 'limit'>): boolean {
  return limit !== undefined && REFERENCE[value] === 0
}

export function seatOf(world: World, value: Value, id: number): Seat | undefined {
  return world.seats[value].find((seat) => seat.id === id)
}

export function idsSeated(world: World, value: Value): number[] {
  return world.seats[value].map(({ id }) => id)
}

/** `barred`: whether no seat is free for who claims one. */
export function isFull(world: World, value: Value, one: Operation, settings: Settings): boolean {
  const { limit } = settings
  if (limit === undefined || !isLimited(value, settings) || one.how !== 'claim') return false
  return seatOf(world, value, one.id) === undefined && world.seats[value].length >= limit.max
}

/** The seats that `barred` hands back. */
export function handedBack(world: World, value: Value): SeatSeen[] {
  return world.seats[value].map(({ id }) => [id, 0, 0])
}

export interface Seated {
  readonly world: World
  /** Whether it took a seat and had none. */
  readonly took: boolean
  /** Whether the time of its seat is another one now. */
  readonly changed: boolean
  /** Those that are too many and signed in before it. */
  readonly over: readonly SeatSeen[]
}

/** `take_seat` in scripts/script.ts. `ahead`: whose seats were taken before the one that is confirmed. */
export function takeSeat(
  world: World,
  value: Value,
  id: number,
  how: How,
  settings: Settings,
  ahead: readonly number[] = [],
): Seated {
  const { limit } = settings
  if (limit === undefined || !isLimited(value, settings)) {
    return { world, took: false, changed: false, over: [] }
  }
  const had = seatOf(world, value, id)
  const keeps = how === 'keep' || how === 'stay'
  const others = world.seats[value].filter((seat) => seat.id !== id)
  const claimed: Seat = { id, confirmed: false, old: false }
  const confirmed: Seat = { id, confirmed: true, old: false }
  const seats =
    how === 'confirm'
      ? world.seats[value].map((seat) => (seat.id === id ? confirmed : seat))
      : had !== undefined && keeps
        ? world.seats[value]
        : [...others, claimed]
  const before = how === 'confirm' ? others.filter((seat) => ahead.includes(seat.id)) : others
  const many = keeps ? 0 : Math.min(seats.length - limit.max, before.length)
  return {
    world: withSeats(world, value, seats),
    took: had === undefined,
    changed: how === 'confirm' ? had?.confirmed === false : had === undefined || !keeps,
    over: before.slice(0, Math.max(0, many)).map((seat) => [seat.id, 0, 0]),
  }
}

/** UNSEAT: frees seats that were not taken again, nor confirmed, since they were seen. */
export function unseat(world: World, value: Value, seen: readonly SeatSeen[]): World {
  const same = seen.filter(([, changes]) => changes === 0).map(([id]) => id)
  return leaveSeats(world, value, same)
}

/** The command ZREM: frees seats, whenever they were taken. */
export function leaveSeats(world: World, value: Value, ids: readonly number[]): World {
  const seats = world.seats[value]
  const left = seats.filter(({ id }) => !ids.includes(id))
  return left.length === seats.length ? world : withSeats(world, value, left)
}
