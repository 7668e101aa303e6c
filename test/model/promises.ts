/**
 * The promises: what must be true of every state, and of every step. Those that speak of what a call
 * was told begin when it was. `rule` is the one rule of ARCHITECTURE.md, from which they follow.
 */
import { isValue, type Operation, operation } from './operation.js'
import { isLimited } from './seats.js'
import { type Outcome, type Protocol, stepOf } from './step.js'
import {
  emptyWorld,
  hasValue,
  idsOf,
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
  withSession,
  type World,
} from './world.js'

export const PROMISES = {
  rule: 'a set never misses a living session',
  found: 'a session is found once its reference was acknowledged, until that is changed',
  ended:
    'what had the value when revokeAll marked its set, or got it from a request that began before, is ' +
    'dead when it ends, and what is dead stays dead',
  'under way': 'once revokeAll has resolved, no request that began before it gives the value',
  'let in': 'revokeAll refuses no sign-in whose request began after it',
  limit:
    'when all calls were answered no more sessions have a value than its limit; where one broke off, ' +
    'after one more sign-in; where sign-ins are refused, at any time',
  seats: 'none is refused a seat, or loses it, that could be had',
  spared: 'revokeAll ends no session that has another value',
  'lost update': 'a write leaves alone what it does not name',
  superseded: 'nothing is written with a secret that was replaced',
  'index time':
    'a session lives no longer than $indexed says, and its sets hold it as long as that',
  leak: 'a dead id can be taken out of each set, and no set stays for ever',
} as const

export type Promised = keyof typeof PROMISES

export type Broken = Partial<Record<Promised, boolean>>

const VALUES: readonly Value[] = ['A', 'B', 'C']

/** The promises that a state breaks. */
export function ofWorld(world: World, protocol: Protocol, settings: Settings): Broken {
  const hidden = valuesNotIn(world)
  return {
    rule: hidden.length > 0,
    found: hidden.some(({ session, value }) => session.acknowledged[REFERENCE[value]]),
    limit:
      settings.limit?.onMax === 'refuse' &&
      settings.values.some((value) => isCrowded(world, value, settings)),
    'index time':
      settings.clock !== undefined && world.sessions.some((one) => outlives(world, one)),
    leak: VALUES.some(
      (value) => world.sets[value].life === NO_EXPIRY || isStuck(world, value, protocol, settings),
    ),
  }
}

/** Whether more sessions have a value than its limit allows. */
function isCrowded(world: World, value: Value, settings: Settings): boolean {
  const max = settings.limit?.max ?? Infinity
  return isLimited(value, settings) && living(world, value) > max
}

function living(world: World, value: Value): number {
  return idsOf(world).filter((id) => hasValue(world, id, value)).length
}

/** The promises that a state breaks in which nothing is under way. `calm`: and no call broke off. */
export function atRest(
  world: World,
  protocol: Protocol,
  settings: Settings,
  calm: boolean,
): Broken {
  const { limit, values } = settings
  if (limit === undefined) return {}
  if (calm) {
    const tried = world.sessions.filter(({ phase }) => phase !== 'unborn').length
    const empty = living(world, 'A') < Math.min(limit.fills ?? 0, tried)
    return { limit: values.some((value) => isCrowded(world, value, settings)), seats: empty }
  }
  const crowded = values.some((value) =>
    isCrowded(signedIn(world, value, protocol, settings), value, settings),
  )
  return { limit: crowded }
}

/** The world after somebody has signed in alone. */
function signedIn(world: World, value: Value, protocol: Protocol, settings: Settings): World {
  const id = world.sessions.length
  const [one] = emptyWorld(settings).sessions
  const joins = [value]
  const blank = operation({ call: 'create', at: 'create', id, change: value, joins, todo: joins })
  const signIn: Operation = { ...blank, how: 'claim', ttl: STILL.maxAge }
  const more = { ...world, sessions: [...world.sessions, one!] }
  return alone(more, { ...signIn, at: protocol.first(signIn) }, protocol, settings)
}

/** The world after a call has had it to itself. */
function alone(world: World, call: Operation, protocol: Protocol, settings: Settings): World {
  let after = world
  let next: Operation | undefined = call
  while (next !== undefined) {
    const outcome: Outcome | undefined = stepOf(protocol, next.at).run(after, next, settings)[0]
    after = outcome?.world ?? after
    next = outcome?.next
  }
  return after
}

/** Values of living sessions whose sets do not hold them. */
function valuesNotIn(world: World): { session: Session; value: Value }[] {
  return world.sessions.flatMap((session, id) =>
    valuesOf(session)
      .filter((value) => !inSet(world, id, value))
      .map((value) => ({ session, value })),
  )
}

function outlives(world: World, session: Session): boolean {
  const values = valuesOf(session)
  const { life, indexed } = session
  return (
    (values.length > 0 && life > indexed) ||
    values.some((value) => {
      const held = world.sets[value].life
      return held !== NO_EXPIRY && held < indexed
    })
  )
}

/** Whether dead ids stay in a set, though a minute goes by and then somebody alone walks it. */
function isStuck(world: World, set: Value, protocol: Protocol, settings: Settings): boolean {
  const dead = world.sets[set].ids.filter((id) => !isLive(world, id))
  if (dead.length === 0) return false
  const later = dead.reduce((before, id) => withSession(before, id, { young: false }), world)
  const after = alone(later, operation({ call: 'find', at: 'scan', set }), protocol, settings)
  return after.sets[set].ids.some((id) => dead.includes(id))
}

/** The promises that a step breaks. */
export function ofStep(
  before: World,
  taken: Operation,
  outcome: Outcome,
  settings: Settings,
): Broken {
  const { call, guard, set, doomed, age } = taken
  const { world, resolved = false, wrote = false, owed = [] } = outcome
  const owes = resolved && owed.length > 0
  const hidden = valuesNotIn(world).some(({ value }) => value === set)
  return {
    found: call === 'find' && owes,
    // Who came while it ran may survive, but then is in the set.
    ended:
      (call === 'revokeAll' && (owes || (resolved && hidden))) || revives(before, taken, world),
    'under way': doomed && gives(before, taken, world),
    'let in': outcome.refused === 'mark' && age === 0,
    seats: settings.limit?.onMax === 'refuse' && signsIn(taken) && endsAny(before, world),
    spared: call === 'revokeAll' && endsOther(before, set, world),
    'lost update': before.sessions.some((was, id) => loses(was, taken, sessionOf(world, id))),
    superseded: wrote && guard === 'replaced' && call !== 'create',
  }
}

function gives(before: World, { id, change }: Operation, after: World): boolean {
  return isValue(change) && hasValue(after, id, change) && !hasValue(before, id, change)
}

function signsIn({ call }: Operation): boolean {
  return call === 'create' || call === 'update'
}

function endsAny(before: World, after: World): boolean {
  return idsOf(before).some((id) => isLive(before, id) && !isLive(after, id))
}

/**
 * Whether a dead session comes back. The operator's `put` does that; and so may a creation that is
 * under way, whose client sends the script again, if nobody has ended the session.
 */
function revives(before: World, { call, resent }: Operation, after: World): boolean {
  if (call === 'put') return false
  // Who began after the mark is let in: that its first CREATE ran, and was undone, nobody was told.
  const harmless = new Set<Session['ended']>(['', 'marked'])
  return before.sessions.some(
    ({ phase, ended }, id) =>
      phase === 'dead' &&
      isLive(after, id) &&
      (!harmless.has(ended) || call !== 'create' || !resent),
  )
}

function endsOther(before: World, set: Value, after: World): boolean {
  return before.sessions.some(
    (was, id) => was.phase === 'live' && !isLive(after, id) && !was.values.includes(set),
  )
}

function loses(was: Session, { change }: Operation, is: Session): boolean {
  if (was.phase !== 'live' || is.phase !== 'live') return false
  const named = change === 'unset' ? 0 : isValue(change) ? REFERENCE[change] : undefined
  const other = was.values.some((value, i) => i !== named && value !== is.values[i])
  return other || (was.plain && !is.plain)
}
