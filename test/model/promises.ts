/**
 * The promises: what must hold in every state, and for every step. A promise about an answer begins when the
 * answer was given. `rule` is the one rule of ARCHITECTURE.md, from which the others follow.
 */
import { isValue, type Operation, operation } from './operation.js'
import { type Outcome, type Protocol, stepOf } from './protocol.js'
import { isLimited } from './slots.js'
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
  found: 'a session is found from when its reference was acknowledged until that is changed',
  ended:
    'a session that had the value when revokeAll began, or got it from a request that began before, is ' +
    'dead when it resolves, and what is dead stays dead',
  'under way': 'once revokeAll has resolved, no request that began before it sets the value',
  'let in': 'revokeAll refuses no sign-in whose request began after it',
  unforged: 'a write with a secret that never was adds its id to no set',
  'for good': 'what a revokeAll ended is not created again by a creation that sets another value',
  limit:
    'no more sessions have a value than its limit: when all calls were answered; where one broke off, ' +
    'after one more sign-in; where excess sign-ins are refused, at any time',
  slots: 'no sign-in is refused, and no session ended, where the limit does not require it',
  spared: 'revokeAll ends no session that has another value',
  'lost update': 'a write leaves alone what it does not name',
  superseded: 'nothing is written with a secret that was replaced',
  'index time': 'a session lives until $indexed at most, and its sets hold it that long',
  leak: 'a dead id can be removed from each set, and no set stays for ever',
} as const

export type Promised = keyof typeof PROMISES

/** 'for good' counts only where nobody but an operator changes a session whose creation was not answered. */
export const USUAL: readonly Promised[] = (Object.keys(PROMISES) as Promised[]).filter(
  (promise) => promise !== 'for good',
)

export type Broken = Partial<Record<Promised, boolean>>

const VALUES: readonly Value[] = ['A', 'B', 'C']

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

function isCrowded(world: World, value: Value, settings: Settings): boolean {
  const max = settings.limit?.max ?? Infinity
  return isLimited(value, settings) && living(world, value) > max
}

function living(world: World, value: Value): number {
  return idsOf(world).filter((id) => hasValue(world, id, value)).length
}

/** The promises that a state breaks in which nothing is under way. `calm`: no call broke off. */
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
    return { limit: values.some((value) => isCrowded(world, value, settings)), slots: empty }
  }
  const crowded = values.some((value) =>
    isCrowded(afterOneSignIn(world, value, protocol, settings), value, settings),
  )
  return { limit: crowded }
}

/** The world after one more sign-in that runs alone. */
function afterOneSignIn(world: World, value: Value, protocol: Protocol, settings: Settings): World {
  const id = world.sessions.length
  const [one] = emptyWorld(settings).sessions
  const joins = [value]
  const blank = operation({ call: 'create', at: 'create', id, change: value, joins, todo: joins })
  const signIn: Operation = { ...blank, how: 'claim', ttl: STILL.maxAge }
  const more = { ...world, sessions: [...world.sessions, one!] }
  return runAlone(more, { ...signIn, at: protocol.firstStep(signIn) }, protocol, settings)
}

function runAlone(world: World, call: Operation, protocol: Protocol, settings: Settings): World {
  let after = world
  let next: Operation | undefined = call
  while (next !== undefined) {
    const outcome: Outcome | undefined = stepOf(protocol, next.at).run(after, next, settings)[0]
    after = outcome?.world ?? after
    next = outcome?.next
  }
  return after
}

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

/** Whether dead ids stay in a set though a minute goes by and then a `find` runs alone. */
function isStuck(world: World, set: Value, protocol: Protocol, settings: Settings): boolean {
  const dead = world.sets[set].ids.filter((id) => !isLive(world, id))
  if (dead.length === 0) return false
  const later = dead.reduce((before, id) => withSession(before, id, { young: false }), world)
  const after = runAlone(later, operation({ call: 'find', at: 'scan', set }), protocol, settings)
  return after.sets[set].ids.some((id) => dead.includes(id))
}

export function ofStep(
  before: World,
  taken: Operation,
  outcome: Outcome,
  settings: Settings,
): Broken {
  const { call, guard, set, outdated } = taken
  const { world, resolved = false, wrote = false, owed = [] } = outcome
  const owes = resolved && owed.length > 0
  const hidden = valuesNotIn(world).some(({ value }) => value === set)
  return {
    found: call === 'find' && owes,
    // A session that came while it ran may survive, but then it is in the set.
    ended:
      (call === 'revokeAll' && (owes || (resolved && hidden))) || revives(before, taken, world),
    'under way': outdated && givesValue(before, taken, world),
    'let in': outcome.refused === 'revoked' && !beganBefore(before, taken),
    unforged: guard === 'forged' && joinsAny(before, world),
    'for good': revivesUnseen(before, taken, world),
    slots: settings.limit?.onMax === 'refuse' && isWrite(taken) && endsAny(before, world),
    spared: call === 'revokeAll' && endsOther(before, set, world),
    'lost update': before.sessions.some((was, id) => losesUpdate(was, taken, sessionOf(world, id))),
    superseded: wrote && guard === 'replaced' && call !== 'create',
  }
}

function givesValue(before: World, { id, change }: Operation, after: World): boolean {
  return isValue(change) && hasValue(after, id, change) && !hasValue(before, id, change)
}

function isWrite({ call }: Operation): boolean {
  return call === 'create' || call === 'update'
}

function endsAny(before: World, after: World): boolean {
  return idsOf(before).some((id) => isLive(before, id) && !isLive(after, id))
}

/**
 * Whether a dead session comes back. The operator's `put` may do that, and so may a resent creation if
 * no call has ended the session.
 */
function revives(before: World, { call, resent }: Operation, after: World): boolean {
  if (call === 'put') return false
  return before.sessions.some(({ phase, ended }, id) => {
    // Its request began after the revokeAll, and it has no answer yet: as if it had come later.
    const harmless = ended === '' || ended.startsWith('revocation')
    return phase === 'dead' && isLive(after, id) && (!harmless || call !== 'create' || !resent)
  })
}

/** Whether a creation revives a session that a revokeAll of a value ended which the creation does not set. */
function revivesUnseen(before: World, { call, change }: Operation, after: World): boolean {
  if (call === 'put') return false
  return before.sessions.some(
    ({ phase, ended }, id) =>
      phase === 'dead' &&
      isLive(after, id) &&
      ended.startsWith('revocation') &&
      ended !== `revocation of ${change}`,
  )
}

/** Whether an id was added to a set, or a slot taken. */
function joinsAny(before: World, after: World): boolean {
  return VALUES.some(
    (value) =>
      after.sets[value].ids.some((id) => !inSet(before, id, value)) ||
      after.slots[value].length > before.slots[value].length,
  )
}

/**
 * Whether a sign-in's request began before a revokeAll. That is not known where it is the first one to meet a
 * revocation time in the future, or began before that one.
 */
function beganBefore(before: World, one: Operation): boolean {
  const { change, revocations, revocationSetBack } = one
  const isFirst = isValue(change) && before.revocationTimes[change] === 'future'
  return revocations > 0 || revocationSetBack || isFirst
}

function endsOther(before: World, set: Value, after: World): boolean {
  return before.sessions.some(
    (was, id) => was.phase === 'live' && !isLive(after, id) && !was.values.includes(set),
  )
}

function losesUpdate(was: Session, { change }: Operation, is: Session): boolean {
  if (was.phase !== 'live' || is.phase !== 'live') return false
  const named = change === 'unset' ? 0 : isValue(change) ? REFERENCE[change] : undefined
  const other = was.values.some((value, i) => i !== named && value !== is.values[i])
  return other || (was.plain && !is.plain)
}
