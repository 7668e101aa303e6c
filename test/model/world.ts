/**
 * What Redis holds, as far as the promises depend on it: the hashes of up to three sessions, and the sets
 * and slots of their references' values. It also holds what only the promises need to remember.
 */

/** A and B are values of one reference, C is a value of another. */
export type Value = 'A' | 'B' | 'C'

/** The reference that each value belongs to. */
export const REFERENCE: Readonly<Record<Value, number>> = { A: 0, B: 0, C: 1 }

/** PTTL's answer for a set without a time to live, which never expires. */
export const NO_EXPIRY = -1

export interface Session {
  /**
   * `unborn`: no request has this id yet. `asked`: a request is under way that will create it. `making`:
   * its creation has begun. `dead`: the hash is gone for good, as an id is never used again.
   */
  readonly phase: 'unborn' | 'asked' | 'making' | 'live' | 'dead'
  /** The value of each reference. */
  readonly values: readonly (Value | '')[]
  /** Whether `x` is set, a field that is not a reference. */
  readonly plain: boolean
  /** Whether the id is younger than a minute. An id contains its time, so a set can tell without the hash. */
  readonly young: boolean
  /**
   * What stops a resent creation from reviving a session that was ended: a tombstone, which stands for a
   * minute, at least while the id is young; or, on one node, the revocation time of the revokeAll that
   * ended it. `unrecorded`: nothing does.
   */
  readonly ended: '' | 'tombstone' | `revocation of ${Value}` | 'unrecorded'
  /** The hash's time to live, in ticks. */
  readonly life: number
  /** `$indexed`, in ticks from now. */
  readonly indexed: number
  /** `$maxAge`, in ticks; 0 for none. */
  readonly ownMaxAge: number
  /**
   * For each reference, whether a call that set this value has resolved. Redis does not know this: it is
   * where the promise "found" begins.
   */
  readonly acknowledged: readonly boolean[]
}

export interface Members {
  readonly ids: readonly number[]
  /** The set's time to live, in ticks; 0 for no set. */
  readonly life: number
}

/** Slots are kept in the order in which they were taken. */
export interface Slot {
  readonly id: number
  /** Whether its time is odd. */
  readonly confirmed: boolean
  /** Whether it was taken more than a minute ago. */
  readonly old: boolean
}

/**
 * A value's revocation time, by the clock of its node. `met`: in the future, and a sign-in has met it. Redis
 * does not know whether that happened.
 */
export type RevocationTime = '' | 'past' | 'future' | 'met'

export interface World {
  readonly sessions: readonly Session[]
  readonly sets: Readonly<Record<Value, Members>>
  readonly slots: Readonly<Record<Value, readonly Slot[]>>
  /** Whether a node whose clock is behind has taken over the sets. */
  readonly clockSetBack: boolean
  /** Only where that node's clock is hours behind. */
  readonly revocationTimes: Readonly<Record<Value, RevocationTime>>
}

/** All times are in ticks. */
export interface Clock {
  /** The policy's idle timeout. */
  readonly maxAge: number
  /** Idle timeouts that a call may give to a single session. */
  readonly ownMaxAges: readonly number[]
  /** How long a call may last. */
  readonly timeout: number
  /** How far the clocks of the nodes with the sets are ahead of the others; 0 if left out. */
  readonly ahead?: number
}

/** The limit of the first reference. */
export interface Limit {
  readonly max: number
  readonly onMax: 'refuse' | 'evict-oldest'
  /** Where all calls are sign-ins: how many sessions must live at the end, if that many signed in. */
  readonly fills?: number
}

export interface Settings {
  /** The number of sessions. Their ids are 0, 1 and 2. */
  readonly sessions: 1 | 2 | 3
  readonly values: readonly Value[]
  /**
   * Without a clock, a session may expire at any moment, but never after its sets, and any write may be
   * told that the session would outlive its membership. With one, all of that follows from the times.
   */
  readonly clock?: Clock | undefined
  readonly limit?: Limit
  /** `false`: a sign-in does not renew the secret. */
  readonly rotates?: false
  /** Whether a node whose clock is behind may take over the sets. */
  readonly failsOver?: 'seconds behind' | 'hours behind'
  /** Whether the model remembers for more than a minute that a session was ended: for commands sent later. */
  readonly remembers?: true
}

/** A clock that stands still. */
export const STILL: Clock = { maxAge: 2, ownMaxAges: [], timeout: 0 }

const EMPTY_SET: Members = { ids: [], life: 0 }

function unborn(settings: Settings): Session {
  const references = 1 + Math.max(...settings.values.map((value) => REFERENCE[value]))
  return {
    phase: 'unborn',
    values: Array<''>(references).fill(''),
    plain: false,
    young: true,
    ended: '',
    life: 0,
    indexed: 0,
    ownMaxAge: 0,
    acknowledged: Array<boolean>(references).fill(false),
  }
}

export function emptyWorld(settings: Settings): World {
  const sessions = Array.from({ length: settings.sessions }, () => unborn(settings))
  return {
    sessions,
    sets: { A: EMPTY_SET, B: EMPTY_SET, C: EMPTY_SET },
    slots: { A: [], B: [], C: [] },
    clockSetBack: false,
    revocationTimes: { A: '', B: '', C: '' },
  }
}

export function sessionOf(world: World, id: number): Session {
  const session = world.sessions[id]
  if (session === undefined) throw new Error(`the model has no session ${id}`)
  return session
}

export function withSession(world: World, id: number, change: Partial<Session>): World {
  const sessions = world.sessions.map((session, i) =>
    i === id ? { ...session, ...change } : session,
  )
  return { ...world, sessions }
}

/** Removes a hash. From then on only the id's age and what is recorded about its end matter. */
export function withDead(world: World, id: number, ended: Session['ended'] = ''): World {
  const { values, acknowledged, ended: buried } = sessionOf(world, id)
  return withSession(world, id, {
    phase: 'dead',
    ended: buried === 'tombstone' ? buried : ended,
    values: values.map(() => ''),
    plain: false,
    life: 0,
    indexed: 0,
    ownMaxAge: 0,
    acknowledged: acknowledged.map(() => false),
  })
}

export function withSet(world: World, value: Value, members: Members): World {
  const kept = members.ids.length === 0 ? EMPTY_SET : members
  return { ...world, sets: { ...world.sets, [value]: kept } }
}

export function withSlots(world: World, value: Value, slots: readonly Slot[]): World {
  return { ...world, slots: { ...world.slots, [value]: slots } }
}

export function withRevocationTime(world: World, value: Value, time: RevocationTime): World {
  return { ...world, revocationTimes: { ...world.revocationTimes, [value]: time } }
}

/** A minute goes by: the id is old, and its tombstone has expired. */
export function withOld(world: World, id: number, { remembers }: Settings): World {
  const { ended } = sessionOf(world, id)
  return withSession(world, id, {
    young: false,
    ended: remembers === true && ended !== '' ? 'unrecorded' : '',
  })
}

export function valuesOf(session: Session): Value[] {
  return session.values.filter((value) => value !== '')
}

export function isLive(world: World, id: number): boolean {
  return sessionOf(world, id).phase === 'live'
}

/** Whether a live session has the value. */
export function hasValue(world: World, id: number, value: Value): boolean {
  return isLive(world, id) && sessionOf(world, id).values.includes(value)
}

export function inSet(world: World, id: number, value: Value): boolean {
  return world.sets[value].ids.includes(id)
}

export function idsOf(world: World): number[] {
  return [...world.sessions.keys()]
}

/** One tick: each time to live gets shorter, and what has none left is gone. */
export function tick(world: World): World {
  let after = world
  for (const [id, { phase, life, indexed }] of world.sessions.entries()) {
    if (phase !== 'live') continue
    after =
      life === 1
        ? withDead(after, id)
        : withSession(after, id, { life: life - 1, indexed: Math.max(0, indexed - 1) })
  }
  for (const value of ['A', 'B', 'C'] as const) {
    const { ids, life } = after.sets[value]
    if (life > 0) after = withSet(after, value, life === 1 ? EMPTY_SET : { ids, life: life - 1 })
  }
  return after
}

/** Equal worlds have equal keys: all sessions have the same fields, in the same order. */
export function worldKey(world: World): string {
  const { sessions, sets, slots, clockSetBack, revocationTimes } = world
  const { A, B, C } = sets
  const hashes = sessions.map((session) => Object.values(session).join('|'))
  const taken = [slots.A, slots.B].map((each) => each.map(showSlot).join(''))
  return [
    ...hashes,
    A.ids,
    A.life,
    B.ids,
    B.life,
    C.ids,
    C.life,
    ...taken,
    clockSetBack,
    revocationTimes.A,
    revocationTimes.B,
  ].join(' ')
}

/** `?` is a slot that is not confirmed, `??` one that was also taken more than a minute ago. */
function showSlot({ id, confirmed, old }: Slot): string {
  return `${id}${confirmed ? '' : old ? '??' : '?'}`
}

/** One line of a trace. */
export function showWorld(world: World, { values, clock, limit }: Settings): string {
  const { sessions, sets, slots, clockSetBack, revocationTimes } = world
  const hashes = sessions.map((session, id) => {
    const { phase, plain, life, indexed } = session
    if (phase !== 'live') return `${id} ${phase}`
    const fields = [...valuesOf(session), ...(plain ? ['x'] : [])].join(' ')
    return `${id} {${fields}}${clock === undefined ? '' : ` for ${life}, $indexed ${indexed}`}`
  })
  const members = values.map((value) => {
    const { ids, life } = sets[value]
    const taken = limit === undefined ? '' : ` slots ${slots[value].map(showSlot).join(' ') || '-'}`
    const shown = `${value} [${ids.join(' ')}]${taken}`
    if (life === NO_EXPIRY) return `${shown} for ever`
    return clock === undefined || life === 0 ? shown : `${shown} for ${life}`
  })
  const times = values
    .filter((value) => revocationTimes[value] !== '')
    .map(
      (value) => `${value} revoked in the ${revocationTimes[value] === 'past' ? 'past' : 'future'}`,
    )
  return [...hashes, ...members, ...(clockSetBack ? ['clock set back'] : []), ...times].join(', ')
}
