/** What becomes of a sign-in that was not let in, or of others: admission.ts, write.ts. */
import type { Told } from './events.js'
import { isValue, type Operation, type SeatSeen } from './operation.js'
import { type Barred, end } from './scripts.js'
import { isLimited, seatOf, unseat } from './seats.js'
import { including, type Outcome, type Protocol, type Step, without } from './step.js'
import { hasValue, type Settings, type Value, type World } from './world.js'

/** The value that a sign-in gives. */
export function valueOf({ change }: Operation): Value {
  if (!isValue(change)) throw new Error(`${change} is no sign-in`)
  return change
}

type First = Protocol['first']

/** admission.ts reconsider: what a sign-in does that a set did not let in. */
export function reconsider(
  world: World,
  before: Operation,
  no: Barred,
  settings: Settings,
  first: First,
  mayBeFree: (seat: SeatSeen) => boolean,
): Outcome {
  if (no.status === 'revoked') return { world, reply: 'revoked', refused: 'mark' }
  const seats = no.seats.filter(mayBeFree)
  const one: Operation = { ...before, seats, free: [] }
  const reply = 'full'
  if (seats.length > 0) return { world, reply, next: { ...one, at: 'seats' } }
  return { world, reply, ...decided(one, settings, first) }
}

/** All seats were looked at: free some, or else take one too many, or give in. */
function decided(
  one: Operation,
  { limit }: Settings,
  first: First,
): Pick<Outcome, 'next' | 'refused'> {
  if (one.free.length > 0) return { next: { ...one, at: 'unseat' } }
  if (limit?.onMax === 'refuse') return { refused: 'limit' }
  const next: Operation = { ...one, how: 'evict', todo: one.joins }
  return { next: { ...next, at: first(next) } }
}

/** One that was written: whose seats are to be freed for it, after they were ended. */
export function evicting(
  one: Operation,
  over: readonly SeatSeen[],
  { limit }: Settings,
): Operation | undefined {
  if (over.length === 0 || limit?.onMax === 'refuse') return undefined
  const ids = over.map(([id]) => id).toSorted()
  return { ...one, ...DONE, at: 'evict', how: 'confirm', free: over, ids, todo: [] }
}

/** What does not matter any more to one that was written. */
export const DONE = {
  age: 0,
  seen: -1,
  noted: '',
  doomed: false,
  seat: -1,
  later: false,
  ahead: [],
  took: false,
  guard: 'operator',
  held: 0,
} as const

export function signInSteps(first: First): Record<'seats' | 'unseat' | 'evict', Step> {
  return {
    seats: {
      stands: 'admission.ts freeSeats: HGET',
      run(world, before, settings) {
        return before.seats.map((seat) => {
          const [id] = seat
          const has = hasValue(world, id, valueOf(before))
          const seats = before.seats.filter((other) => other !== seat)
          const free = has ? before.free : [...before.free, seat].toSorted(byId)
          const one: Operation = { ...before, seats, free }
          const reply = `${id} ${has ? 'has the value' : 'has it not'}`
          if (seats.length > 0) return { world, reply, next: one }
          return { world, reply, ...decided(one, settings, first) }
        })
      },
    },

    unseat: {
      stands: 'admission.ts unseat: UNSEAT',
      run(world, before) {
        const after = unseat(world, valueOf(before), before.free)
        if (before.how === 'confirm') return [{ world: after, resolved: true }]
        const next: Operation = { ...before, free: [], todo: before.joins }
        return [{ world: after, next: { ...next, at: first(next) } }]
      },
    },

    evict: {
      stands: 'write.ts evict: DELETE if they have the value, and no later seat',
      run: (world, before) => before.ids.map((id) => evicted(world, before, id)),
    },
  }
}

/** One of those that are too many is ended. Those that were leave their sets together here. */
function evicted(world: World, before: Operation, id: number): Outcome {
  const value = valueOf(before)
  const [, since = 0, later = 0] = before.free.find(([other]) => other === id) ?? []
  const result = later === 1 ? undefined : end(world, id, value)
  const ended = result === undefined ? before.ended : including(before.ended, id)
  const ids = without(before.ids, id)
  const one: Operation = { ...before, ids, ended, todo: ended.length > 0 ? [value] : [] }
  const at = ids.length > 0 ? 'evict' : ended.length > 0 ? 'leave' : 'unseat'
  const next: Operation = { ...one, at }
  if (result !== undefined) return { world: result.world, reply: `${id} ended`, next }
  const noted = { id, value, by: 'seat', since } as const
  return {
    world,
    reply: `${id} has ${later === 1 ? 'signed in again' : 'it not'}`,
    told: { noted },
    next,
  }
}

/** After they have left the set. */
export function thenUnseat(before: Operation): Operation {
  return { ...before, at: 'unseat', ended: [], todo: [] }
}

function byId([a]: SeatSeen, [b]: SeatSeen): number {
  return a - b
}

/** What others are told of a session that was written: the seat of its value, where there is a limit. */
export function seatTold(
  before: World,
  { id, change }: Operation,
  since: number,
  settings: Settings,
): Pick<Told, 'seated'> {
  if (!isValue(change) || !isLimited(change, settings)) return {}
  const fresh = !hasValue(before, id, change)
  return since < 0 && !fresh ? {} : { seated: { id, value: change, since, fresh } }
}

/** Whether a sign-in has lost the seat that it asks to confirm. */
export function lostSeat(world: World, one: Operation, value: Value, settings: Settings): boolean {
  const { how, change, id } = one
  const confirms = how === 'confirm' && change === value && isLimited(value, settings)
  return confirms && seatOf(world, value, id) === undefined
}
