/** What a step of one call, or time, means to the other calls that are under way. */
import { asks, type Operation, type SeatSeen } from './operation.js'
import type { Value, World } from './world.js'

/** What is noted of an id: by a revokeAll, with its mark, or with the seat that is about to be freed. */
export interface Note {
  readonly id: number
  readonly value: Value
  readonly by: 'mark' | 'seat'
  /** How often the set was marked, or the seat changed, since that mark, or since the seat was seen. */
  readonly since: number
  /** Whether the clock of the set's node had been set back when the set was marked. */
  readonly setBack?: boolean
}

/** They do not see it; what they hold or are owed changes. */
export interface Event {
  /** The sessions whose secret was replaced. */
  readonly renewed: readonly number[]
  readonly died: readonly number[]
  /** The values that sessions have no longer. */
  readonly lost: readonly (readonly [id: number, value: Value])[]
  /** The values that sessions got, and how often their sets were marked since those requests began. */
  readonly gave: readonly (readonly [id: number, value: Value, age: number])[]
  /** The ids that are no longer young, and the seats. */
  readonly aged: readonly number[]
  readonly agedSeats: readonly (readonly [id: number, value: Value])[]
  readonly ticked: boolean
  /** The value whose set was marked. */
  readonly marked?: Value | undefined
  /** The revokeAll that was answered, and how often the set was marked since its own mark. */
  readonly revoked?: readonly [value: Value, age: number] | undefined
  readonly noted?: Note | undefined
  /** The seats that were taken anew, or confirmed. */
  readonly reseated?: readonly Reseated[] | undefined
  /** A session that was written, whose hash tells the seat that it has of a value. */
  readonly seated?: Seated | undefined
}

export type Reseated = readonly [id: number, value: Value, how: 'anew' | 'confirmed']

interface Seated {
  readonly id: number
  readonly value: Value
  /** How often that seat has been taken anew or confirmed since; -1: none is told. */
  readonly since: number
  /** Whether it had not the value before. */
  readonly fresh: boolean
}

/** What the calls are told that does not show in the world. */
export type Told = Pick<Event, 'marked' | 'revoked' | 'noted' | 'reseated' | 'seated'> & {
  /** Whether the session's secret was replaced. */
  readonly renewed?: boolean
}

export const NOTHING: Event = {
  renewed: [],
  died: [],
  lost: [],
  gave: [],
  aged: [],
  agedSeats: [],
  ticked: false,
}

export function eventOf(before: World, after: World, by?: Operation, told: Told = {}): Event {
  const died: number[] = []
  const aged: number[] = []
  const lost: [number, Value][] = []
  const gave: [number, Value, number][] = []
  for (const [id, was] of before.sessions.entries()) {
    const is = after.sessions[id]
    if (is === undefined) continue
    if (was.phase === 'live' && is.phase !== 'live') died.push(id)
    if (was.young && !is.young) aged.push(id)
    for (const value of was.values) {
      if (value !== '' && !is.values.includes(value)) lost.push([id, value])
    }
    for (const value of is.values) {
      if (value !== '' && !was.values.includes(value)) gave.push([id, value, by?.age ?? 0])
    }
  }
  const agedSeats = (['A', 'B'] as const).flatMap((value) =>
    after.seats[value]
      .filter(({ id, old }) => old && before.seats[value].some((was) => was.id === id && !was.old))
      .map(({ id }) => [id, value] as const),
  )
  const { renewed, ...rest } = told
  const whose = renewed === true && by !== undefined ? [by.id] : []
  return { renewed: whose, died, lost, gave, aged, agedSeats, ticked: false, ...rest }
}

/** What an event makes of a call that is under way; `undefined` where its time is up. */
export function observe(given: Operation, event: Event, timeout: number): Operation | undefined {
  const over = isOver(given, event)
  if (over && !given.late) return undefined
  // What was noted is forgotten by then.
  const one = over ? { ...given, tooLate: true, noted: '' as const } : given
  const { id, guard, owed, set, since, held, change } = one
  const timed = event.ticked && since >= 0
  if (timed && since >= timeout) return undefined
  const shown = guard === 'current' || guard === 'next'
  const after: Operation = {
    ...one,
    since: timed ? since + 1 : since,
    held: event.ticked ? Math.max(0, held - 1) : held,
    guard: shown && [...event.renewed, ...event.died].includes(id) ? 'replaced' : guard,
  }
  if (one.call === 'revokeAll') return { ...after, ...walking(one, event) }
  if (owed !== undefined) return { ...after, owed: keeping(owed, event, set) }
  const signsIn = asks(one) ? { ...after, ...signingIn(one, event) } : after
  const reseated = event.reseated?.filter(([, value]) => value === change) ?? []
  const seen = reseated.length === 0 ? signsIn : { ...signsIn, ...seating(one, reseated) }
  const { seated } = event
  return seated === undefined || seated.value !== change
    ? seen
    : { ...seen, ...comparing(seen, seated) }
}

/** The hash tells of a seat: of one that was taken after it was looked at, if that has changed more often. */
function comparing({ id, seat, free, later }: Operation, seated: Seated): Partial<Operation> {
  const { since, fresh } = seated
  const isLater = (changes: number, before: boolean): boolean =>
    (since >= 0 && since < changes) || (before && !fresh)
  return {
    later: seated.id === id ? isLater(seat, later) : later,
    free: free.map(([whose, changes, was]): SeatSeen => {
      if (whose !== seated.id) return [whose, changes, was]
      return [whose, changes, isLater(changes, was === 1) ? 1 : 0]
    }),
  }
}

/** A call takes half a minute at most, so a creation is over before its id is old. */
function isOver(one: Operation, { aged, agedSeats }: Event): boolean {
  const { call, id, seen, how, change } = one
  if ((call === 'create' || call === 'put') && aged.includes(id)) return true
  const seated = seen >= 0 || how === 'confirm'
  return seated && agedSeats.some(([who, value]) => who === id && value === change)
}

function keeping(owed: readonly number[], { lost }: Event, set: Value): readonly number[] {
  return owed.filter((id) => !lost.some(([who, value]) => who === id && value === set))
}

/** It owes an end also to whoever gets the value from a request that began before it marked the set. */
function walking({ owed = [], set, age, at }: Operation, event: Event): Partial<Operation> {
  if (at === 'mark') return {}
  const came = event.gave.filter(([, value, since]) => value === set && since > age)
  const all = [...keeping(owed, event, set), ...came.map(([id]) => id)]
  return { owed: [...new Set(all)].toSorted(), age: event.marked === set ? age + 1 : age }
}

function signingIn(one: Operation, { marked, revoked, noted }: Event): Partial<Operation> {
  const { change, seen, doomed } = one
  const age = marked === change ? one.age + 1 : one.age
  return {
    age,
    seen: marked === change && seen >= 0 ? seen + 1 : seen,
    doomed: doomed || (revoked !== undefined && revoked[0] === change && age > revoked[1]),
    noted: noted !== undefined && one.noted === '' && refusedBy(noted, one) ? noted.by : one.noted,
  }
}

/** `noted` in scripts/script.ts: whether a note refuses who joined the set before. */
function refusedBy({ id, value, by, since, setBack }: Note, one: Operation): boolean {
  if (id !== one.id || value !== one.change) return false
  if (by === 'seat') return one.seat >= since
  // What variants do: by the clock, or also to who has seen this very mark.
  if (setBack === true && one.note === 'by the clock') return false
  return one.note === 'or equal' ? one.seen >= since : one.seen > since
}

function seating(
  { id, seat, seats, free, ahead }: Operation,
  reseated: readonly Reseated[],
): Partial<Operation> {
  const changed = (whose: number): boolean => reseated.some(([other]) => other === whose)
  const aging = (seen: readonly SeatSeen[]): SeatSeen[] =>
    seen.map(([whose, changes, later]) => [whose, changes + (changed(whose) ? 1 : 0), later])
  return {
    seat: seat >= 0 && changed(id) ? seat + 1 : seat,
    seats: aging(seats),
    free: aging(free),
    // Later than its own from now on.
    ahead: ahead.filter(
      (one) => !reseated.some(([other, , how]) => other === one && how === 'anew'),
    ),
  }
}
