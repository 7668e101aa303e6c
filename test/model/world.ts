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
   * `unborn`: nobody has its id yet. `making`: its creation has begun. `dead`: the hash is gone, for
   * ever, as an id is not used again.
   */
  readonly phase: 'unborn' | 'making' | 'live' | 'dead'
  /** The value of each reference. */
  readonly values: readonly (Value | '')[]
  /** Whether `x` was set, a field that is no reference. */
  readonly plain: boolean
  /** Whether the id is younger than a minute. An id tells its age without a session. */
  readonly young: boolean
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

export interface World {
  readonly sessions: readonly Session[]
  readonly sets: Readonly<Record<Value, Members>>
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

export interface Settings {
  /** How many sessions there are. Their ids are 0 and 1. */
  readonly sessions: 1 | 2
  /** The values that references take. */
  readonly values: readonly Value[]
  /**
   * Without it nothing ticks: a session may expire at any moment, but never after its sets, and any
   * write may be told that the session would outlive its membership. With it, all of that follows.
   */
  readonly clock?: Clock | undefined
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
    life: 0,
    indexed: 0,
    own: 0,
    acknowledged: Array<boolean>(references).fill(false),
  }
}

/** Nothing has happened yet. */
export function emptyWorld(settings: Settings): World {
  const sessions = Array.from({ length: settings.sessions }, () => unborn(settings))
  return { sessions, sets: { A: NOBODY, B: NOBODY, C: NOBODY } }
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

/** Puts an end to a hash. Of the session, only the age of its id matters from then on. */
export function withDead(world: World, id: number): World {
  const { values, acknowledged } = sessionOf(world, id)
  return withSession(world, id, {
    phase: 'dead',
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
export function worldKey({ sessions, sets: { A, B, C } }: World): string {
  const hashes = sessions.map((session) => Object.values(session).join('|'))
  return [...hashes, A.ids, A.life, B.ids, B.life, C.ids, C.life].join(' ')
}

/** A world in one line of a trace. */
export function showWorld({ sessions, sets }: World, { values, clock }: Settings): string {
  const hashes = sessions.map((session, id) => {
    const { phase, plain, life, indexed } = session
    if (phase !== 'live') return `${id} ${phase}`
    const fields = [...valuesOf(session), ...(plain ? ['x'] : [])].join(' ')
    return `${id} {${fields}}${clock === undefined ? '' : ` for ${life}, $indexed ${indexed}`}`
  })
  const members = values.map((value) => {
    const { ids, life } = sets[value]
    const shown = `${value} [${ids.join(' ')}]`
    if (life === NO_EXPIRY) return `${shown} for ever`
    return clock === undefined || life === 0 ? shown : `${shown} for ${life}`
  })
  return [...hashes, ...members].join(', ')
}
