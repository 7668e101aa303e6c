import { REVOKED_FOR, SUPERSEDED_FOR } from '../store.js'
import type { Watches } from '../watches.js'

/** A session in memory. All times are ms since 1970. */
export interface MemorySession {
  readonly id: string
  readonly key: string
  readonly values: Map<string, string>
  secretHash: string | undefined
  /** Secrets' hashes it had, each with the time until which it is recognised. */
  readonly superseded: Map<string, number>
  readonly createdAt: number
  expiresAt: number
  maxAge: number | undefined
}

/** How often sessions whose time is over are looked for, ms. */
const SWEEP_EVERY = 60_000

/** The sessions of this process by key, and the sets of their keys. */
export class Sessions {
  readonly #sessions = new Map<string, MemorySession>()
  readonly #sets = new Map<string, Set<string>>()
  /** The names of the sets that a session is in. */
  readonly #memberships = new Map<string, readonly string[]>()
  /** When all of a set's sessions were ended, by `performance.now()`. */
  readonly #marks = new Map<string, number>()
  /** Those to tell which session has ended. */
  readonly watches = new Set<Watches>()
  #sweptAt = Date.now()

  live(key: string): MemorySession | undefined {
    const session = this.#sessions.get(key)
    if (session === undefined || session.expiresAt > Date.now()) return session
    this.remove(session)
    return undefined
  }

  /** The keys in a set, in the order in which they joined it. */
  keys(set: string): string[] {
    return [...(this.#sets.get(set) ?? [])]
  }

  /** Refuses for a time those who ask to join a set and were under way by now. */
  mark(set: string): void {
    this.#sweep()
    this.#marks.set(set, performance.now())
  }

  isRevoked(set: string, since: number): boolean {
    const markedAt = this.#marks.get(set) ?? -Infinity
    // Not at the same time: a test may have stopped the clock.
    return markedAt > since && performance.now() - markedAt <= REVOKED_FOR
  }

  add(session: MemorySession, sets: readonly string[]): void {
    this.#sweep()
    this.#sessions.set(session.key, session)
    this.join(session, sets)
  }

  /** Puts a session into these sets, at their ends, and out of those where it is no more. */
  join({ key }: MemorySession, sets: readonly string[]): void {
    for (const name of this.#memberships.get(key) ?? []) {
      if (sets.includes(name)) continue
      const set = this.#sets.get(name)
      set?.delete(key)
      if (set?.size === 0) this.#sets.delete(name)
    }
    for (const name of sets) {
      const set = this.#sets.get(name) ?? new Set()
      this.#sets.set(name, set.add(key))
    }
    this.#memberships.set(key, sets)
  }

  remove(session: MemorySession): void {
    this.join(session, [])
    this.#memberships.delete(session.key)
    this.#sessions.delete(session.key)
    for (const watches of this.watches) watches.ended(session.key)
  }

  /** Without a timer, which would keep a test's process waiting. */
  #sweep(): void {
    const now = Date.now()
    if (now - this.#sweptAt < SWEEP_EVERY) return
    this.#sweptAt = now
    for (const session of this.#sessions.values()) {
      if (session.expiresAt <= now) this.remove(session)
    }
    for (const [set, markedAt] of this.#marks) {
      if (performance.now() - markedAt > REVOKED_FOR) this.#marks.delete(set)
    }
  }
}

export function isSuperseded(session: MemorySession, secretHash: string): boolean {
  return (session.superseded.get(secretHash) ?? 0) > Date.now()
}

export function renew(session: MemorySession, secretHash: string): void {
  const { superseded } = session
  for (const [hash, until] of superseded) if (until <= Date.now()) superseded.delete(hash)
  if (session.secretHash !== undefined) {
    superseded.set(session.secretHash, Date.now() + SUPERSEDED_FOR)
  }
  session.secretHash = secretHash
}
