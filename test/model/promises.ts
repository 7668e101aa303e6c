/**
 * The promises: what must be true of every state, and of every step. Those that speak of what a call
 * was told begin when it was. `rule` is the one rule of ARCHITECTURE.md, from which they follow.
 */
import { isValue, type Operation, operation } from './operation.js'
import { type Outcome, type Protocol, stepOf } from './step.js'
import {
  inSet,
  isLive,
  NO_EXPIRY,
  REFERENCE,
  type Session,
  sessionOf,
  type Settings,
  type Value,
  valuesOf,
  withSession,
  type World,
} from './world.js'

export const PROMISES = {
  rule: 'a set never misses a living session',
  found: 'a session is found once its reference was acknowledged, until that is changed',
  ended:
    'what had the value when revokeAll began is dead when it ends, and what is dead stays dead',
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
    'index time':
      settings.clock !== undefined && world.sessions.some((one) => outlives(world, one)),
    leak: VALUES.some(
      (value) => world.sets[value].life === NO_EXPIRY || isStuck(world, value, protocol, settings),
    ),
  }
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
  let after = dead.reduce((before, id) => withSession(before, id, { young: false }), world)
  let next: Operation | undefined = operation({ call: 'find', at: 'scan', set })
  while (next !== undefined) {
    const outcome: Outcome | undefined = stepOf(protocol, next.at).run(after, next, settings)[0]
    after = outcome?.world ?? after
    next = outcome?.next
  }
  return after.sets[set].ids.some((id) => dead.includes(id))
}

/** The promises that a step breaks. */
export function ofStep(before: World, taken: Operation, outcome: Outcome): Broken {
  const { call, guard, set } = taken
  const { world, resolved = false, wrote = false, owed = [] } = outcome
  const owes = resolved && owed.length > 0
  const hidden = valuesNotIn(world).some(({ value }) => value === set)
  return {
    found: call === 'find' && owes,
    // Who came while it ran may survive, but then is in the set.
    ended:
      (call === 'revokeAll' && (owes || (resolved && hidden))) || revives(before, taken, world),
    spared: call === 'revokeAll' && endsOther(before, set, world),
    'lost update': before.sessions.some((was, id) => loses(was, taken, sessionOf(world, id))),
    superseded: wrote && guard === 'replaced' && call !== 'create',
  }
}

/**
 * Whether a dead session comes back. The operator's `put` does that; and so may a creation that is
 * under way, whose client sends the script again.
 */
function revives(before: World, { call, resent }: Operation, after: World): boolean {
  if (call === 'put' || (call === 'create' && resent)) return false
  return before.sessions.some(({ phase }, id) => phase === 'dead' && isLive(after, id))
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
