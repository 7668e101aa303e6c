import type { SessionErrorCode } from '../../../src/index.js'

/** A `SessionError`, as other processes tell of it. */
export interface Failure {
  readonly code: SessionErrorCode
  readonly message: string
  readonly cause: string
}

/** One call of the application, and what is known of it. Times are ticks of one clock. */
export interface Event {
  readonly what: string
  readonly begun: number
  /** `Infinity` until it was answered. */
  answered: number
  /** The cookie that came with the request. */
  readonly cookie: string | undefined
  /** The cookie that was sent with the answer; `''` if it was cleared. */
  sent: string | undefined
  error: Failure | undefined
  /** The session that it read before it wrote. */
  readId: string | undefined
  /** The session that it had in the end. */
  id: string | undefined
  /** Fields that it was to write; `undefined` to remove one. */
  readonly writes: Map<string, string | undefined>
  readonly increments: boolean
  /** Whether it signs in: where somebody else was, all other fields go. */
  readonly signsIn: boolean
  readonly ending: Ending | undefined
  /** An operator's write to a session of that id; with `put` it makes one where there is none. */
  readonly operator: 'put' | 'change' | undefined
  /** Aborted with a code when it is told of its session's end. */
  signal: AbortSignal | undefined
  /** The value of `user_id` that it looked for, and the ids that it found. */
  readonly search: { readonly user: string; found: string[] } | undefined
}

/** Which sessions a call is to end. */
export type Ending =
  | { readonly kind: 'own' }
  | { readonly kind: 'one'; readonly id: string }
  | { readonly kind: 'all'; readonly user: string }
  | { readonly kind: 'others' }
  /** By its time, which is over at once; a request that comes before may make it longer again. */
  | { readonly kind: 'time' }

/** What became of one session's field. */
interface Write {
  readonly event: Event
  readonly value: string | undefined
  /** Whether it was surely done. */
  readonly isSure: boolean
}

export const idOf = (cookie: string | undefined): string | undefined => cookie?.split('.')[0]

/** All that happened, and what follows from it, whatever the servers did in between. */
export class History {
  readonly events: Event[] = []
  /** Whether a sign-in may end somebody else's session, or its own. */
  readonly limited: boolean
  #ticks = 0

  constructor(limited = false) {
    this.limited = limited
  }

  begin(event: Pick<Event, 'what' | 'cookie'> & Partial<Event>): Event {
    const whole: Event = {
      answered: Infinity,
      sent: undefined,
      error: undefined,
      readId: undefined,
      id: undefined,
      writes: new Map(),
      increments: false,
      signsIn: false,
      ending: undefined,
      operator: undefined,
      signal: undefined,
      search: undefined,
      ...event,
      begun: this.#ticks++,
    }
    this.events.push(whole)
    return whole
  }

  end(event: Event): void {
    event.answered = this.#ticks++
  }

  /** Every session that anybody has seen. */
  ids(): string[] {
    const ids = this.events.flatMap(({ id, readId, sent, search }) => [
      id,
      readId,
      idOf(sent),
      ...(search?.found ?? []),
    ])
    return [...new Set(ids.filter((id): id is string => Boolean(id)))]
  }

  writes(id: string, field: string): Write[] {
    return this.events
      .filter((event) => event.id === id && event.writes.has(field))
      .map((event) => ({ event, value: event.writes.get(field), isSure: true }))
  }

  /** The values that a field may have after all: those that no later write has replaced. */
  possible(id: string, field: string): (string | undefined)[] {
    const writes = [...this.writes(id, field), ...this.#removals(id, field)]
    if (writes.length === 0) return [undefined]
    return writes
      .filter(
        ({ event }) => !writes.some((later) => later.isSure && later.event.begun > event.answered),
      )
      .map(({ value }) => value)
  }

  /** Sign-ins that may have removed a field. */
  #removals(id: string, field: string): Write[] {
    return this.signIns(id)
      .filter(({ writes }) => !writes.has(field))
      .map((event) => ({ event, value: undefined, isSure: false }))
  }

  signIns(id: string): Event[] {
    return this.events.filter((event) => event.id === id && event.signsIn)
  }

  /** Whether a session surely had this user, and no other, from `from` to `to`. */
  surelyHad(id: string, user: string, from: number, to: number): boolean {
    const writes = this.writes(id, 'user_id')
    return writes.some(
      ({ event: write, value }) =>
        value === user &&
        write.answered < from &&
        writes.every(
          ({ event: other, value: others }) =>
            others === user || other.answered < write.begun || other.begun > to,
        ),
    )
  }

  /** Whether a session surely had not this user at any time from `from` on, until `to`. */
  surelyHadNot(id: string, user: string, from: number, to: number): boolean {
    const writes = this.writes(id, 'user_id')
    const mine = writes.filter(({ event, value }) => value === user && event.begun < to)
    return mine.every(({ event: write }) =>
      writes.some(
        ({ event: other, value }) =>
          value !== user && other.begun > write.answered && other.answered < from,
      ),
    )
  }

  /** Whether anything may have ended a session from `from` to `to`. */
  mayHaveEnded(id: string, from: number, to: number): boolean {
    return this.events.some(({ ending, cookie, error, begun, answered, ...event }) => {
      if (ending?.kind === 'time' && event.id === id && begun <= to) return true
      if (begun > to || answered < from) return false
      if (this.limited && event.writes.get('user_id') !== undefined) return true
      if (ending === undefined || error !== undefined) return false
      if (ending.kind === 'own') return idOf(cookie) === id
      if (ending.kind === 'one') return ending.id === id
      if (ending.kind === 'others') return idOf(cookie) !== id
      if (ending.kind === 'time') return false
      return this.writes(id, 'user_id').some(({ value }) => value === ending.user)
    })
  }

  /** Whether an operator may have made it again after its end, with nothing that it had before. */
  mayBeAnother(id: string): boolean {
    const put = this.events.some((event) => event.id === id && event.operator === 'put')
    return put && this.mayHaveEnded(id, 0, Infinity)
  }

  /** Whether all that gave a session this user were under way before all of that user were ended. */
  wasUnderWay(id: string, user: string): boolean {
    const given = this.writes(id, 'user_id').filter(({ value }) => value === user)
    // The operator is not refused.
    if (given.some(({ event }) => event.operator !== undefined)) return false
    return this.events.some(
      ({ ending, error, begun }) =>
        ending?.kind === 'all' &&
        ending.user === user &&
        error === undefined &&
        given.every(({ event }) => event.begun < begun),
    )
  }

  /** The sessions that a call has surely ended once it was answered. */
  surelyEnded({ ending, cookie, error, begun, answered }: Event): string[] {
    if (ending === undefined || ending.kind === 'time' || error !== undefined) return []
    const own = idOf(cookie)
    if (ending.kind === 'own') return own && !this.#renewedOften(own) ? [own] : []
    if (ending.kind === 'one') return [ending.id]
    const user =
      ending.kind === 'all'
        ? ending.user
        : USERS.find((one) => own && this.surelyHad(own, one, begun, answered))
    // Whoever had ended has no others.
    if (ending.kind === 'others' && own && this.mayHaveEnded(own, 0, answered)) return []
    if (user === undefined) return []
    return this.ids().filter(
      (id) => (ending.kind === 'all' || id !== own) && this.surelyHad(id, user, begun, answered),
    )
  }

  /** Only the last sixteen secrets are known as superseded: with an older one nobody owns a session. */
  #renewedOften(id: string): boolean {
    return new Set(this.events.map(({ sent }) => sent).filter((it) => idOf(it) === id)).size > 16
  }

  toString(): string {
    return this.events
      .map(({ what, begun, answered, id, sent, error, search }) => {
        const result = [error?.code, id && `session ${id}`, sent && 'a cookie', search?.found]
        return `${begun}..${answered} ${what}: ${result.filter(Boolean).join(', ')}`
      })
      .join('\n')
  }
}

export const USERS = ['A', 'B']
