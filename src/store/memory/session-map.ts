import { type EndedBy, isRecorded, record } from '../../events.js'
import {
  ADOPTABLE_FOR,
  ADOPTED_SLACK,
  type Explanation,
  FORMER_FOR,
  GONE,
  type Reference,
  type RevokeAllOptions,
  REVOKED_FOR,
  type StorePolicy,
  SUPERSEDED_FOR,
} from '../store.js'
import type { Watches } from '../watches.js'

/** All times are ms since 1970. */
export interface MemorySession {
  readonly id: string
  readonly key: string
  readonly values: Map<string, string>
  secretHash: string | undefined
  readonly createdAt: number
  signedInAt: number | undefined
  lastActiveAt: number
  expiresAt: number
  maxAge: number | undefined
  /** The binding to a device (../binding.ts), and that device's public key. */
  binding: string | undefined
  publicKey: string | undefined
}

/** A session without values, which has not been touched. */
export function createSession({
  now,
  ...given
}: Pick<MemorySession, 'id' | 'key' | 'secretHash' | 'binding'> & {
  readonly now: number
}): MemorySession {
  return {
    ...given,
    values: new Map(),
    createdAt: now,
    signedInAt: undefined,
    lastActiveAt: now,
    expiresAt: 0,
    maxAge: undefined,
    publicKey: undefined,
  }
}

/** Who ends a session, and what its browser is told. */
interface End {
  readonly by: EndedBy
  readonly reason?: string | undefined
}

/** The secrets that a session had. All times are those of `performance.now()`. */
interface Former {
  /** When the session ended, by its owner or with a reason. */
  endedAt: number | undefined
  endReason: string | undefined
  /** When each secret was replaced, by its hash. */
  readonly replacedAt: Map<string, number>
  knownUntil: number
}

/** How often expired sessions are removed, ms. */
const SWEEP_EVERY = 60_000

/** The sessions of this process by key, and the sets of their keys. */
export class SessionMap {
  readonly #sessions = new Map<string, MemorySession>()
  readonly #sets = new Map<string, Set<string>>()
  /** The names of the sets that a session is in. */
  readonly #memberships = new Map<string, readonly string[]>()
  /** The revocation time of each set, and until when it is known, by `performance.now()`. */
  readonly #revocations = new Map<string, { readonly at: number; readonly knownUntil: number }>()
  /** When the old cookies of adopted sessions are over, by key, ms since 1970. */
  readonly #adopted = new Map<string, number>()
  readonly #former = new Map<string, Former>()
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
  beginRevocation(set: string, { adopts }: StorePolicy): void {
    this.#sweep()
    const at = performance.now()
    const keepFor = adopts === true ? ADOPTABLE_FOR : REVOKED_FOR
    const { knownUntil = 0 } = this.#revocations.get(set) ?? {}
    this.#revocations.set(set, { at, knownUntil: Math.max(at + keepFor, knownUntil) })
  }

  isRevoked(set: string, since: number): boolean {
    const { at, knownUntil } = this.#revocations.get(set) ?? { at: -Infinity, knownUntil: 0 }
    const now = performance.now()
    const refusesFor = since === -Infinity ? Infinity : REVOKED_FOR
    // Strictly later: a test may have stopped the clock.
    return at > since && now <= Math.min(knownUntil, at + refusesFor)
  }

  revokedAgo(set: string): number | undefined {
    const ago = performance.now() - (this.#revocations.get(set)?.at ?? -Infinity)
    return ago > REVOKED_FOR ? undefined : ago
  }

  adoptedUntil(key: string): number | undefined {
    const until = this.#adopted.get(key) ?? -Infinity
    return until + ADOPTED_SLACK > Date.now() ? until : undefined
  }

  /** Sees to it that an adopted session is not created again. */
  markAdopted(key: string, until: number): void {
    this.#adopted.set(key, until)
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

  /** @param former - what is known of it for a while */
  remove(session: MemorySession, former?: Former): void {
    const { key } = session
    this.join(session, [])
    this.#memberships.delete(key)
    this.#sessions.delete(key)
    if (former === undefined) this.#former.delete(key)
    else this.#former.set(key, former)
    for (const watches of this.watches) watches.ended(key)
  }

  /** Replaces a session's secret. */
  renew(session: MemorySession, secretHash: string): void {
    this.#keepSecret(session)
    session.secretHash = secretHash
  }

  /** Ends a session. Its browser can be told why, and its owner's slow requests that it did. */
  end(session: MemorySession, { references }: StorePolicy, { by, reason }: End): void {
    const endedAt = performance.now()
    const isKnown = reason !== undefined || by === 'owner'
    const former = isKnown
      ? { ...this.#keepSecret(session), endedAt, endReason: reason }
      : undefined
    this.remove(session, former)
    if (!isRecorded('ended')) return
    const had = [...session.values].filter(([name]) => references.has(name))
    record('ended', { id: session.id, references: Object.fromEntries(had), by, reason })
  }

  /** Ends a session if it has a value. Returns whether it did. */
  revoke(
    key: string,
    policy: StorePolicy,
    { field, value, except, ...end }: Reference & End & Pick<RevokeAllOptions, 'except'>,
  ): boolean {
    const session = this.live(key)
    // It may have changed since the page before.
    if (session?.values.get(field) !== value || session.id === except) return false
    this.end(session, policy, end)
    return true
  }

  #keepSecret({ key, secretHash }: MemorySession): Former {
    const now = performance.now()
    const former = this.#former.get(key) ?? {
      endedAt: undefined,
      endReason: undefined,
      replacedAt: new Map<string, number>(),
      knownUntil: 0,
    }
    former.knownUntil = now + FORMER_FOR
    if (secretHash !== undefined) former.replacedAt.set(secretHash, now)
    this.#former.set(key, former)
    return former
  }

  /** Why a secret does not open a session. */
  explain(key: string, secretHash: string, requestStartedAt = performance.now()): Explanation {
    const former = this.#former.get(key)
    const replacedAt = former?.replacedAt.get(secretHash)
    const isKnown = former !== undefined && former.knownUntil >= performance.now()
    if (!isKnown || replacedAt === undefined) return GONE
    if (former.endedAt !== undefined) {
      const isLast = [...former.replacedAt.keys()].at(-1) === secretHash
      return {
        refusal: former.endedAt >= requestStartedAt ? 'ended' : 'gone',
        endReason: isLast ? former.endReason : undefined,
      }
    }
    const isRecent = replacedAt >= requestStartedAt - SUPERSEDED_FOR
    return { refusal: isRecent ? 'superseded' : 'gone', endReason: undefined }
  }

  /** Without a timer, which would keep a process alive. */
  #sweep(): void {
    const now = Date.now()
    if (now - this.#sweptAt < SWEEP_EVERY) return
    this.#sweptAt = now
    for (const session of this.#sessions.values()) {
      if (session.expiresAt <= now) this.remove(session)
    }
    for (const [key, { knownUntil }] of this.#former) {
      if (knownUntil < performance.now()) this.#former.delete(key)
    }
    for (const [set, { knownUntil }] of this.#revocations) {
      if (knownUntil < performance.now()) this.#revocations.delete(set)
    }
    for (const [key, until] of this.#adopted) {
      if (until + ADOPTED_SLACK <= now) this.#adopted.delete(key)
    }
  }
}
