import { REVOKED_FOR, SUPERSEDED_FOR } from '../store.js'
import type { Watches } from '../watches.js'

/** All times are ms since 1970. */
export interface MemorySession {
  readonly id: string
  readonly key: string
  readonly values: Map<string, string>
  secretHash: string | undefined
  /** Hashes of superseded secrets, each with the time until which it is recognised. */
  readonly superseded: Map<string, number>
  readonly createdAt: number
  expiresAt: number
  maxAge: number | undefined
}

/** How often expired sessions are removed, ms. */
const SWEEP_EVERY = 60_000

/** The sessions of this process by key, and the sets of their keys. */
export class SessionMap {
  readonly #sessions = new Map<string, MemorySession>()
  readonly #sets = new Map<string, Set<string>>()
  /** The names of the sets that a session is in. */
  readonly #memberships = new Map<string, readonly string[]>()
  /** The revocation time of each set, by `performance.now()`. */
  readonly #revocations = new Map<string, number>()
  /** Told of each session that ends. */
  readonly watches = new Set<Watches>()
  #sweptAt = Date.now()

  live(key: string): MemorySession | undefined {
    const session = this.#sessions.get(key)
    if (session === undefined || session.expiresAt > Date.now()) return session
    this.remove(session)
    return undefined
  }

  /** The keys in a set, in the order in which they joined. */
  keys(set: string): string[] {
    return [...(this.#sets.get(set) ?? [])]
  }

  /** Sets the revocation time: requests under way may not join the set for a while. */
  beginRevocation(set: string): void {
    this.#sweep()
    this.#revocations.set(set, performance.now())
  }

  isRevoked(set: string, since: number): boolean {
    const revokedAt = this.#revocations.get(set) ?? -Infinity
    // Strictly later: a test may have stopped the clock.
    return revokedAt > since && performance.now() - revokedAt <= REVOKED_FOR
  }

  add(session: MemorySession, sets: readonly string[]): void {
    this.#sweep()
    this.#sessions.set(session.key, session)
    this.join(session, sets)
  }

  /** Puts a session at the end of these sets, and takes it out of all others. */
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

  /** Without a timer, which would keep a process alive. */
  #sweep(): void {
    const now = Date.now()
    if (now - this.#sweptAt < SWEEP_EVERY) return
    this.#sweptAt = now
    for (const session of this.#sessions.values()) {
      if (session.expiresAt <= now) this.remove(session)
    }
    for (const [set, revokedAt] of this.#revocations) {
      if (performance.now() - revokedAt > REVOKED_FOR) this.#revocations.delete(set)
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
