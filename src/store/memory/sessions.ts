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
  /** Those to tell which session has ended. */
  readonly watches = new Set<Watches>()
  #sweptAt = Date.now()

  live(key: string): MemorySession | undefined {
    const session = this.#sessions.get(key)
    if (session === undefined || session.expiresAt > Date.now()) return session
    this.remove(session)
    return undefined
  }

  keys(set: string): string[] {
    return [...(this.#sets.get(set) ?? [])]
  }

  add(session: MemorySession, sets: readonly string[]): void {
    this.#sweep()
    this.#sessions.set(session.key, session)
    this.join(session, sets)
  }

  /** Puts a session into these sets, and out of the others. */
  join({ key }: MemorySession, sets: readonly string[]): void {
    for (const name of this.#memberships.get(key) ?? []) {
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
  }
}
