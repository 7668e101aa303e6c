/**
 * The commands and scripts, each a function from one world to the next: what one node does at once.
 * Those in capitals stand for the scripts of that name in src/store/redis/scripts.
 */
import type { Reseated, Told } from './events.js'
import { asks, type Change, isValue, type Operation, type SeatSeen } from './operation.js'
import { handedBack, isFull, leaveSeats, takeSeat } from './seats.js'
import {
  hasValue,
  inSet,
  isLive,
  NO_EXPIRY,
  REFERENCE,
  type Session,
  sessionOf,
  type Settings,
  STILL,
  type Value,
  valuesOf,
  withDead,
  withSession,
  withSet,
  type World,
} from './world.js'

/** What stands in the way of one that asks to join a set. */
export type Barred =
  | { readonly status: 'revoked' }
  | { readonly status: 'full'; readonly seats: readonly SeatSeen[] }

/**
 * `barred` in scripts/script.ts. That a sign-in asks once without saying when it began, and once more if
 * there was a revokeAll, is one step here: the first one changes nothing.
 */
export function barred(
  world: World,
  value: Value,
  one: Operation,
  settings: Settings,
): Barred | undefined {
  if (one.how !== 'claim' && one.how !== 'evict') return undefined
  if (one.age > 0) return { status: 'revoked' }
  if (!isFull(world, value, one, settings)) return undefined
  return { status: 'full', seats: handedBack(world, value) }
}

/** `join` in scripts/script.ts, but for the seat. */
export function join(world: World, value: Value, id: number, ttl: number): World {
  const { ids, life } = world.sets[value]
  // SADD makes the set where there is none, and then it has no time to live.
  const before = ids.length === 0 ? NO_EXPIRY : life
  return withSet(world, value, {
    ids: ids.includes(id) ? ids : [...ids, id].toSorted(),
    life: before < ttl ? ttl : before,
  })
}

/** The commands SREM and ZREM: take ids out, and their seats, whatever became of their sessions. */
export function remove(world: World, value: Value, ids: readonly number[]): World {
  const { ids: members, life } = world.sets[value]
  const after = withSet(world, value, { ids: members.filter((id) => !ids.includes(id)), life })
  return leaveSeats(after, value, ids)
}

/** UNLINK: takes out those ids whose sessions do not have the value. */
export function unlink(world: World, value: Value, ids: readonly number[]): World {
  const others = ids.filter((id) => !hasValue(world, id, value))
  return remove(world, value, others)
}

/** The values that a session has after a change. `unset` takes away the first reference. */
export function changed(before: readonly (Value | '')[], change: Change): readonly (Value | '')[] {
  if (change === 'unset') return before.map((value, i) => (i === 0 ? '' : value))
  if (!isValue(change)) return before
  return before.map((value, i) => (i === REFERENCE[change] ? change : value))
}

/** What the scripts that write a session are given. */
export interface Write {
  readonly operation: Operation
  readonly settings: Settings
  /** On a cluster, for how long the sets are sure to hold it. Else the script itself joins them. */
  readonly joinedFor?: number
}

/** A script that wrote a session. */
export interface Written {
  readonly status: 'ok'
  readonly world: World
  readonly left: readonly Value[]
  readonly renewed: boolean
  /** What `join` returns on a single node: who is too many; and whether a seat was taken anew. */
  readonly over: readonly SeatSeen[]
  readonly reseated: Reseated[2] | undefined
}

export type Refused = Barred | { readonly status: 'exists' | 'ended' | 'noted' | 'late' | 'gone' }

/** CREATE. */
export function create(world: World, write: Write): Written | Refused {
  const { operation, settings, joinedFor } = write
  const { id, change, joins, own, ttl, guard, call } = operation
  const session = sessionOf(world, id)
  if (session.phase === 'live') {
    // A client that sends the script again finds its own work: that is not "in use".
    return guard === 'next' ? again(world, write) : { status: 'exists' }
  }
  if (session.ended === 'noted' && call === 'create') return { status: 'ended' }
  const held = joinedFor ?? 2 * ttl
  const no = joinedFor === undefined ? barredFrom(world, write) : refused(operation, held, settings)
  if (no !== undefined) return no
  const joined = joinAll(world, joins, write, held)
  return {
    ...joined,
    status: 'ok',
    left: [],
    renewed: false,
    world: withSession(joined.world, id, {
      phase: 'live',
      ended: '',
      values: changed(session.values, change),
      plain: session.plain || change === 'plain',
      life: ttl,
      own,
      indexed: settings.clock === undefined || joins.length === 0 ? 0 : held,
    }),
  }
}

/** A creation that was sent again tells again who is too many. */
function again(world: World, write: Write): Written {
  const { change, id, ahead } = write.operation
  const ours = { status: 'ok', left: [], renewed: false, world } as const
  const has = isValue(change) && world.seats[change].some((seat) => seat.id === id)
  if (!has || write.joinedFor !== undefined) return { ...ours, over: [], reseated: undefined }
  const seated = takeSeat(world, change, id, 'confirm', write.settings, ahead)
  return { ...ours, ...seated, reseated: seated.changed ? 'confirmed' : undefined }
}

/** On a single node: whether a session may take the value. */
function barredFrom(world: World, { operation, settings }: Write): Barred | undefined {
  const { change } = operation
  return isValue(change) ? barred(world, change, operation, settings) : undefined
}

/** On a cluster: `noted` in scripts/script.ts, and the time since it joined. */
function refused(one: Operation, held: number, { clock }: Settings): Refused | undefined {
  const { joins, ttl, call, noted, tooLate } = one
  if (joins.length === 0) return undefined
  const outlives = clock !== undefined && ttl > held && call !== 'update'
  if (outlives || (tooLate && asks(one))) return { status: 'late' }
  return noted === '' ? undefined : { status: 'noted' }
}

export type UpdateReply =
  | Refused
  | { readonly status: 'join'; readonly ttl: number; readonly current: readonly Value[] }
  | Written

/**
 * UPDATE. Its `superseded` is `gone` here: what a caller does after that, it may also leave. Two
 * replies are possible where the clock stands still and it is left open how late it is.
 */
export function update(world: World, write: Write): UpdateReply[] {
  const { operation, settings, joinedFor } = write
  const { id, change, guard, joins } = operation
  const session = sessionOf(world, id)
  const mayRenew = isValue(change) || change === 'unset' || change === 'renew'
  const shows = guard === 'replaced' || (guard === 'next' && !mayRenew)
  if (session.phase !== 'live' || shows) return [{ status: 'gone' }]

  const own = operation.own === 0 ? session.own : operation.own
  const { maxAge } = settings.clock ?? STILL
  const life = own === 0 ? maxAge : own
  const values = changed(session.values, change)
  const differs = values.some((value, i) => value !== session.values[i])
  const current = values.filter((value) => value !== '')
  const joined = current.filter((value) => joins.includes(value))
  const allJoined = joined.length === current.length

  const signsIn = differs && asks(operation)
  if (signsIn && joinedFor !== undefined) {
    // One that was let in as it had the value has it no more.
    const no = operation.how === 'stay' ? { status: 'noted' as const } : undefined
    const reply = no ?? refused(operation, joinedFor, settings)
    if (reply !== undefined) return [reply]
  }

  const held = joinedFor ?? 2 * life
  const fresh = joined.length === 0 ? session.indexed : held
  const covered = allJoined ? fresh : Math.min(session.indexed, fresh)
  const more: UpdateReply = { status: 'join', ttl: life, current }
  if (settings.clock !== undefined && current.length > 0 && life > covered) return [more]
  const unsure = settings.clock === undefined && !allJoined ? [more] : []
  const no = signsIn && joinedFor === undefined ? barredFrom(world, write) : undefined
  if (no !== undefined) return [no, ...unsure]

  const seating: Write = differs ? write : { ...write, operation: staying(operation) }
  const after = joinAll(world, joined, seating, held)
  const rotates = settings.rotates ?? true
  const done: UpdateReply = {
    ...after,
    status: 'ok',
    left: valuesOf(session).filter((value) => !values.includes(value)),
    renewed: guard === 'current' && (change === 'renew' || (rotates && mayRenew && differs)),
    world: withSession(after.world, id, {
      values,
      plain: session.plain || change === 'plain',
      own,
      life,
      indexed: settings.clock === undefined ? 0 : covered,
      acknowledged: session.acknowledged.map(
        (known, i) => known && values[i] === session.values[i],
      ),
    }),
  }
  return [done, ...unsure]
}

/** One that has signed in before claims nothing. */
function staying(one: Operation): Operation {
  return one.how === 'claim' ? { ...one, how: 'keep' } : one
}

/** On a single node the scripts join the sets themselves. */
function joinAll(
  world: World,
  values: readonly Value[],
  { operation, settings, joinedFor }: Write,
  ttl: number,
): Pick<Written, 'world' | 'over' | 'reseated'> {
  if (joinedFor !== undefined) return { world, over: [], reseated: undefined }
  let after = world
  let reseated: Written['reseated']
  let over: readonly SeatSeen[] = []
  for (const value of values) {
    const how = value === operation.change ? operation.how : 'keep'
    const seated = takeSeat(
      join(after, value, operation.id, ttl),
      value,
      operation.id,
      how,
      settings,
    )
    after = seated.world
    if (seated.changed) reseated = 'anew'
    if (seated.over.length > 0) over = seated.over
  }
  return { world: after, over, reseated }
}

/** A session that was ended, and the values that it had. */
export interface Ended {
  readonly world: World
  readonly left: readonly Value[]
}

/**
 * DELETE of one session, where need be only if it has a value. It notes `ended` of one whose creation a
 * client may still send again, or else something else is to keep that from living.
 */
export function end(
  world: World,
  id: number,
  only?: Value,
  how: Session['ended'] = 'noted',
): Ended | undefined {
  if (!isLive(world, id) || (only !== undefined && !hasValue(world, id, only))) return undefined
  const { young } = sessionOf(world, id)
  return { world: withDead(world, id, young ? how : ''), left: valuesOf(sessionOf(world, id)) }
}

/** MARK, but for the page that it reads: who began before it joins the set no more. */
export function mark(value: Value): Told {
  return { marked: value }
}

/** The command SSCAN: the members of a part of the set. */
export function scan(world: World, value: Value, part: readonly number[]): number[] {
  return part.filter((id) => inSet(world, id, value))
}
