/**
 * What Redis holds, as far as the promises depend on it: the hashes of one or two sessions, and the
 * sets of the values that their references can have. Beside it, what only the promises remember.
 */

/** The values of references. A and B are two values of one reference, C is of another one. */
export type Value = 'A' | 'B' | 'C'

/** Which reference has this value. */
export const REFERENCE: Readonly<Record<Value, number>> = { A: 0, B: 0, C: 1 }

/** What PTTL answers for a set without a time to live. Nothing ends such a set. */
export const NO_EXPIRY = -1

export interface Session {
  /**
   * `unborn`: nobody has its id yet. `asked`: a request is under way that will make it. `making`: its
   * creation has begun. `dead`: the hash is gone, for ever, as an id is not used again.
   */
  readonly phase: 'unborn' | 'asked' | 'making' | 'live' | 'dead'
  /** The value of each reference. */
  readonly values: readonly (Value | '')[]
  /** Whether `x` was set, a field that is no reference. */
  readonly plain: boolean
  /** Whether the id is younger than a minute. An id tells its age without a session. */
  readonly young: boolean
  /**
   * What keeps one that somebody has ended from being made again: a note, `ended`, which is kept for a
   * minute, at least while the id is young; or the mark of the revokeAll that ended it on a single node.
   */
  readonly ended: '' | 'noted' | 'marked' | 'unnoticed'
  /** How many ticks the hash has to live. */
  readonly life: number
  /** `$indexed`, in ticks from now. */
  readonly indexed: number
  /** `$maxAge`; 0 where it has none. */
  readonly own: number
  /**
   * For each reference, whether a call that gave it this value has resolved. Redis does not know:
   * it is where the promise "found" begins.
   */
  readonly acknowledged: readonly boolean[]
}

export interface Members {
  readonly ids: readonly number[]
  /** How many ticks the set has to live; 0 where there is none. */
  readonly life: number
}

/** A seat. The order of seats is that of the times at which they were taken. */
export interface Seat {
  readonly id: number
  /** Its time is odd. */
  readonly confirmed: boolean
  /** Whether it was taken more than a minute ago. */
  readonly old: boolean
}

export interface World {
  readonly sessions: readonly Session[]
  readonly sets: Readonly<Record<Value, Members>>
  /** The seats of values that have a limit. */
  readonly seats: Readonly<Record<Value, readonly Seat[]>>
  /** Whether another node took over for the sets, whose clock is behind. */
  readonly setBack: boolean
}

/** Times, in ticks. */
export interface Clock {
  /** The idle time of the policy. */
  readonly maxAge: number
  /** Idle times of its own that a call may give to a session. */
  readonly own: readonly number[]
  /** How long a call may wait. */
  readonly timeout: number
  /** By how much the clocks of the nodes that have the sets are ahead of the others; 0 if left out. */
  readonly ahead?: number
}

/** How many sessions may have one value of the first reference, and what becomes of one too many. */
export interface Limit {
  readonly max: number
  readonly onMax: 'refuse' | 'evict-oldest'
  /** Where all calls are sign-ins: how many sessions have to be there in the end, if so many tried. */
  readonly fills?: number
}

export interface Settings {
  /** How many sessions there are. Their ids are 0, 1 and 2. */
  readonly sessions: 1 | 2 | 3
  /** The values that references take. */
  readonly values: readonly Value[]
  /**
   * Without it nothing ticks: a session may expire at any moment, but never after its sets, and any
   * write may be told that the session would outlive its membership. With it, all of that follows.
   */
  readonly clock?: Clock | undefined
  readonly limit?: Limit
  /** `rotate: false`: no secret is renewed by a sign-in. */
  readonly rotates?: false
  /** Whether a node with a clock that is behind may take over for the sets. */
  readonly failsOver?: true
  /** Whether it matters for longer than a minute that a session was ended: to what is sent still later. */
  readonly remembers?: true
}

/** The clock that stands still. */
export const STILL: Clock = { maxAge: 2, own: [], timeout: 0 }

const NOBODY: Members = { ids: [], life: 0 }

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
    own: 0,
    acknowledged: Array<boolean>(references).fill(false),
  }
}

/** Nothing has happened yet. */
export function emptyWorld(settings: Settings): World {
  const sessions = Array.from({ length: settings.sessions }, () => unborn(settings))
  return {
    sessions,
    sets: { A: NOBODY, B: NOBODY, C: NOBODY },
    seats: { A: [], B: [], C: [] },
    setBack: false,
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

/** Puts an end to a hash. Of the session, only the age of its id matters from then on, and the note. */
export function withDead(world: World, id: number, ended: Session['ended'] = ''): World {
  const { values, acknowledged } = sessionOf(world, id)
  return withSession(world, id, {
    phase: 'dead',
    ended,
    values: values.map(() => ''),
    plain: false,
    life: 0,
    indexed: 0,
    own: 0,
    acknowledged: acknowledged.map(() => false),
  })
}

export function withSet(world: World, value: Value, members: Members): World {
  const kept = members.ids.length === 0 ? NOBODY : members
  return { ...world, sets: { ...world.sets, [value]: kept } }
}

export function withSeats(world: World, value: Value, seats: readonly Seat[]): World {
  return { ...world, seats: { ...world.seats, [value]: seats } }
}

/** A minute goes by: the id is old, and what was noted is forgotten. */
export function withOld(world: World, id: number, { remembers }: Settings): World {
  const { ended } = sessionOf(world, id)
  return withSession(world, id, {
    young: false,
    ended: remembers === true && ended !== '' ? 'unnoticed' : '',
  })
}

/** The values of the references that a session has. */
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

/** All ids there are. */
export function idsOf(world: World): number[] {
  return [...world.sessions.keys()]
}

/** A tick: every time to live gets shorter, and what has none left is gone. */
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
    if (life > 0) after = withSet(after, value, life === 1 ? NOBODY : { ids, life: life - 1 })
  }
  return after
}

/** Tells two worlds apart. All sessions have the same fields, in the same order. */
export function worldKey({ sessions, sets: { A, B, C }, seats, setBack }: World): string {
  const hashes = sessions.map((session) => Object.values(session).join('|'))
  const taken = [seats.A, seats.B].map((each) => each.map(showSeat).join(''))
  return [...hashes, A.ids, A.life, B.ids, B.life, C.ids, C.life, ...taken, setBack].join(' ')
}

/** `?` marks a seat that is not confirmed, `??` one that was taken more than a minute ago. */
function showSeat({ id, confirmed, old }: Seat): string {
  return `${id}${confirmed ? '' : old ? '??' : '?'}`
}

/** A world in one line of a trace. */
export function showWorld(world: World, { values, clock, limit }: Settings): string {
  const { sessions, sets, seats, setBack } = world
  const hashes = sessions.map((session, id) => {
    const { phase, plain, life, indexed } = session
    if (phase !== 'live') return `${id} ${phase}`
    const fields = [...valuesOf(session), ...(plain ? ['x'] : [])].join(' ')
    return `${id} {${fields}}${clock === undefined ? '' : ` for ${life}, $indexed ${indexed}`}`
  })
  const members = values.map((value) => {
    const { ids, life } = sets[value]
    const taken = limit === undefined ? '' : ` seats ${seats[value].map(showSeat).join(' ') || '-'}`
    const shown = `${value} [${ids.join(' ')}]${taken}`
    if (life === NO_EXPIRY) return `${shown} for ever`
    return clock === undefined || life === 0 ? shown : `${shown} for ${life}`
  })
  return [...hashes, ...members, ...(setBack ? ['clock set back'] : [])].join(', ')
}
