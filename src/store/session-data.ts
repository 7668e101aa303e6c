/** What the methods of a store take and return. store.ts says what they do with it. */
import type { EndedBy } from '../events.js'
import type { Proof } from './binding.js'

/** How long sessions live, and which of their fields are references. */
export interface StorePolicy {
  /** Idle timeout of a session that has fields, ms. */
  readonly maxAge: number
  /** Upper bound of the idle timeout of a session without fields, ms. */
  readonly emptyMaxAge: number
  /** Absolute timeout: a session expires this long after its last sign-in, or else its creation, ms. */
  readonly absoluteMaxAge?: number | undefined
  /** Whether sessions of a library before may be adopted. */
  readonly adopts?: boolean | undefined
  /** Whether sessions may be bound to devices. */
  readonly binds?: boolean | undefined
  /** The fields by whose values sessions can be found. */
  readonly references: ReadonlyMap<string, ReferencePolicy>
}

export interface ReferencePolicy {
  /** Whether a change of the value renews the secret. */
  readonly rotate: boolean
  /** Limit of sessions with one value; `undefined` for none. */
  readonly max?: number | undefined
  /** What one more does: it ends the sessions that signed in first, or is refused. */
  readonly onMax?: 'evict-oldest' | 'refuse' | undefined
}

/** One value of one reference. */
export interface Reference {
  readonly field: string
  readonly value: string
}

/** A change of one session. What is left out stays. No name is both set and unset. */
export interface Changes {
  /** Fields and their new values. */
  readonly set?: ReadonlyMap<string, string> | undefined
  /** Names of fields to remove. Missing ones do not matter. */
  readonly unset?: readonly string[] | undefined
  /** A field to add a whole number to, from 0. Never a reference. */
  readonly increment?: { readonly name: string; readonly by: string } | undefined
  /** The session's own idle timeout, ms. It stays until another one is given. */
  readonly maxAge?: number | undefined
  /**
   * Whether somebody signs in: the absolute timeout begins again. Where a rotating reference had a value and does
   * not get the same one again, all other fields go, and the session's own idle timeout. So do they where somebody
   * had signed in, and no rotating reference has a value any more.
   */
  readonly signsIn?: boolean | undefined
  /**
   * A new binding, for a sign-in. The session gets it with its new secret: always where `signsIn` is set, and else unless
   * a device has registered.
   */
  readonly binding?: string | undefined
  /**
   * When the request began, by `performance.now()`. The change may not set a reference to a value that was
   * revoked since, nor exceed a limit. `-Infinity`: before all that is known. Left out: an operator's change, which
   * nothing refuses.
   */
  readonly since?: number | undefined
}

/** The next secret's hash, and when to take it: on a change of a rotating reference, or always. */
export interface Renewal {
  readonly secretHash: string
  readonly when: 'changed' | 'always'
}

/** Who holds a secret of a session, in which request. */
export interface Owner {
  readonly secretHash: string
  /** When the request began, by `performance.now()`. */
  readonly requestStartedAt: number
}

export interface DeleteOptions {
  /** What the session's browser is told for an hour. */
  readonly reason?: string | undefined
  /** For the record. Left out: the owner where there is one, another session where a value is asked for, else an operator. */
  readonly by?: EndedBy | undefined
  /** Left out: the operator, who needs no secret. */
  readonly owner?: Owner
  /** Ends the session only if it has this value. */
  readonly having?: Reference
}

/** Who ends a session, for the record. */
export function endedBy({ by, owner, having }: DeleteOptions): EndedBy {
  if (by !== undefined) return by
  if (owner !== undefined) return 'owner'
  return having === undefined ? 'operator' : 'other-session'
}

/** A change by the session's owner, who proves it by the secret, or by an operator. */
export interface Update extends Changes {
  /** Hash of the caller's secret. Left out: an operator's change. */
  readonly secretHash?: string
  /** Whether this request has found the session alive with that secret. */
  readonly seenAlive?: boolean
  /** What the request proves of the device that the session is bound to. Left out: nothing is asked for. */
  readonly proof?: Proof | undefined
  /** Left out: the secret stays. */
  readonly renewal?: Renewal | undefined
}

/** A session as the hot path reads it. */
export interface StoredSession {
  /** The application's fields, without the library's own. */
  readonly values: Record<string, string>
  /** Hash of the secret in force; `undefined` where an operator created the session. */
  readonly secretHash: string | undefined
  /** When somebody last signed in, by the store's clock, ms; `undefined` before that. */
  readonly signedInAt: number | undefined
  /** Its binding to a device (binding.ts). `undefined` without one; where only some fields were read, also where the policy knows none. */
  readonly binding: string | undefined
}

/** A time of the store's clock, as well as another process can tell, ms. */
export interface Moment {
  readonly earliest: number
  readonly latest: number
}

/** A session's binding to a device. */
export interface StoredBinding {
  readonly secretHash: string | undefined
  readonly binding: string
  /** A JWK; `undefined` before a device has registered. */
  readonly publicKey: string | undefined
}

/** A session with its times, by the store's clock, ms. */
export interface SessionDetails extends StoredSession {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt: number
  /** When it was last written or touched. */
  readonly lastActiveAt: number
  /** How long ago the idle timeout began, ms; less than 0 where that was longer then. */
  readonly idleFor: number
  /** The store's clock at the time of reading. */
  readonly now: number
}

/** How long a session lives after a write, if nothing touches it. */
export interface Lifetime {
  /** ms from now */
  readonly expiresIn: number
  /** The same by the store's clock, ms. */
  readonly expiresAt: number
  /** Whether a caller gave this session its own idle timeout. */
  readonly hasOwnMaxAge: boolean
}

export interface Updated extends Lifetime {
  /** When it would have expired without this update, by the store's clock, ms. */
  readonly wouldHaveExpiredAt: number
  /** Whether the secret is the one in `renewal` now. */
  readonly renewed: boolean
  /** Whether the session has the given `binding` now, and no device yet. */
  readonly canBind?: boolean | undefined
  /** The field's new value after an increment. */
  readonly incremented?: string | undefined
}

/**
 * Why nothing was done.
 *
 * - `'gone'`: the session is gone, or the secret is wrong; callers cannot tell these apart;
 * - `'superseded'`: the secret was replaced since the request began, or up to 30 s before;
 * - `'ended'`: the owner ended the session since the request began, or somebody did who gave a reason;
 * - `'unproven'`: the session is bound to a device, and the request has no proof of it.
 *
 * `'superseded'` and `'ended'` are known for an hour.
 */
export type Refusal = 'gone' | 'superseded' | 'ended' | 'unproven'

/** Why a secret does not open a session, or why a write was not done. */
export interface Explanation {
  readonly refusal: Refusal
  /** What was given as the reason of its end up to an hour ago, for the holder of its last secret. */
  readonly endReason: string | undefined
}
