/**
 * The commands and scripts, each a function from one world to the next: what one node does at once.
 * Those in capitals stand for the scripts of that name in src/store/redis/scripts.
 */
import { type Change, isValue, type Operation } from './operation.js'
import {
  hasValue,
  inSet,
  isLive,
  NO_EXPIRY,
  REFERENCE,
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

/** `join` in scripts/script.ts, which is all that JOIN_SET does. */
export function join(world: World, value: Value, id: number, ttl: number): World {
  const { ids, life } = world.sets[value]
  // SADD makes the set where there is none, and then it has no time to live.
  const before = ids.length === 0 ? NO_EXPIRY : life
  return withSet(world, value, {
    ids: ids.includes(id) ? ids : [...ids, id].toSorted(),
    life: before < ttl ? ttl : before,
  })
}

/** The command SREM: takes ids out, whatever became of their sessions. */
export function remove(world: World, value: Value, ids: readonly number[]): World {
  const { ids: members, life } = world.sets[value]
  return withSet(world, value, { ids: members.filter((id) => !ids.includes(id)), life })
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

/** CREATE. `undefined`: the id is in use. */
export function create(world: World, { operation, settings, joinedFor }: Write): World | undefined {
  const { id, change, joins, own, ttl, guard } = operation
  const session = sessionOf(world, id)
  // A client that sends the script again finds its own work: that is not "in use".
  if (session.phase === 'live') return guard === 'next' ? world : undefined
  const held = joinedFor ?? 2 * ttl
  const joined = joinedFor === undefined ? joinAll(world, joins, id, held) : world
  return withSession(joined, id, {
    phase: 'live',
    values: changed(session.values, change),
    plain: session.plain || change === 'plain',
    life: ttl,
    own,
    indexed: settings.clock === undefined || joins.length === 0 ? 0 : held,
  })
}

export type UpdateReply =
  | { readonly status: 'gone' }
  | { readonly status: 'join'; readonly ttl: number; readonly current: readonly Value[] }
  | {
      readonly status: 'ok'
      readonly world: World
      readonly left: readonly Value[]
      readonly renewed: boolean
    }

/**
 * UPDATE. Its `superseded` is `gone` here: what a caller does after that, it may also leave. Two
 * replies are possible where the clock stands still and it is left open how late it is.
 */
export function update(world: World, { operation, settings, joinedFor }: Write): UpdateReply[] {
  const { id, change, guard, joins } = operation
  const session = sessionOf(world, id)
  const mayRenew = isValue(change) || change === 'unset' || change === 'renew'
  const refused = guard === 'replaced' || (guard === 'next' && !mayRenew)
  if (session.phase !== 'live' || refused) return [{ status: 'gone' }]

  const own = operation.own === 0 ? session.own : operation.own
  const { maxAge } = settings.clock ?? STILL
  const life = own === 0 ? maxAge : own
  const values = changed(session.values, change)
  const differs = values.some((value, i) => value !== session.values[i])
  const current = values.filter((value) => value !== '')
  const joined = current.filter((value) => joins.includes(value))
  const allJoined = joined.length === current.length

  const held = joinedFor ?? 2 * life
  const fresh = joined.length === 0 ? session.indexed : held
  const covered = allJoined ? fresh : Math.min(session.indexed, fresh)
  const again: UpdateReply = { status: 'join', ttl: life, current }
  if (settings.clock !== undefined && current.length > 0 && life > covered) return [again]

  const after = joinedFor === undefined ? joinAll(world, joined, id, held) : world
  const done: UpdateReply = {
    status: 'ok',
    left: valuesOf(session).filter((value) => !values.includes(value)),
    renewed: guard === 'current' && (change === 'renew' || (mayRenew && differs)),
    world: withSession(after, id, {
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
  return settings.clock === undefined && !allJoined ? [done, again] : [done]
}

/** On a single node the scripts join the sets themselves. */
function joinAll(world: World, values: readonly Value[], id: number, ttl: number): World {
  return values.reduce((after, value) => join(after, value, id, ttl), world)
}

/** DELETE, where need be only if the session has a value. Returns the values that it had. */
export function end(
  world: World,
  id: number,
  only?: Value,
): { readonly world: World; readonly left: readonly Value[] } | undefined {
  if (!isLive(world, id) || (only !== undefined && !hasValue(world, id, only))) return undefined
  return { world: withDead(world, id), left: valuesOf(sessionOf(world, id)) }
}

/** The command SSCAN: the members of a part of the set. */
export function scan(world: World, value: Value, part: readonly number[]): number[] {
  return part.filter((id) => inSet(world, id, value))
}
