/**
 * The contract of a session store. Its comments are the specification: memory, one Redis and Redis Cluster all
 * keep it, and each runs `test/contract`.
 *
 * A session is **live** from its creation until it is deleted or expires; then it is **gone** for good. A store
 * knows no cookies and no secrets, only hashes of secrets.
 *
 * Every method rejects with `ERR_SESSION_STORE` where the server does not answer within the store's timeout, or
 * answers with an error. A write may then have happened or not, but never by half. No method reports "gone" for
 * "cannot tell". A malformed id names no session.
 */

/** How long sessions live, and which of their fields are references. */
export interface StorePolicy {
  /** Idle timeout of a session that has fields, ms. */
  readonly maxAge: number
  /** Upper bound of the idle timeout of a session without fields, ms. */
  readonly emptyMaxAge: number
  /** Absolute timeout: a session expires this long after its last sign-in, or else its creation, ms. */
  readonly absoluteMaxAge?: number | undefined
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

/** Upper bound of `max`: scripts report that many sessions at once. */
export const LARGEST_LIMIT = 1000

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
   * Whether somebody signs in: the absolute timeout begins anew. Where a rotating reference had a value and does
   * not get the same one again, all other fields go, and the session's own idle timeout. So do they where somebody
   * had signed in, and no rotating reference has a value any more.
   */
  readonly signsIn?: boolean | undefined
  /**
   * When the request began, by `performance.now()`. The change may not set a reference to a value that was
   * revoked since, nor exceed a limit. Left out: an operator's change, which nothing refuses.
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
  /** Left out: the operator, who needs no secret. */
  readonly owner?: Owner
  /** Ends the session only if it has this value. */
  readonly having?: Reference
}

/** A change by the session's owner, who proves it by the secret, or by an operator. */
export interface Update extends Changes {
  /** Hash of the caller's secret. Left out: an operator's change. */
  readonly secretHash?: string
  /** Whether this request has found the session alive with that secret. */
  readonly seenAlive?: boolean
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
  /** The field's new value after an increment. */
  readonly incremented?: string | undefined
}

/**
 * Why nothing was done.
 *
 * - `'gone'`: the session is gone, or the secret is wrong; callers cannot tell these apart;
 * - `'superseded'`: the secret was replaced since the request began, or up to 30 s before;
 * - `'ended'`: the owner ended the session since the request began.
 *
 * The last two are known for an hour.
 */
export type Refusal = 'gone' | 'superseded' | 'ended'

export interface WalkOptions {
  /**
   * Stops the call, which rejects with the signal's reason: before anything is sent if it is aborted already,
   * otherwise once the page under way is done.
   */
  readonly signal?: AbortSignal | undefined
}

export interface RevokeAllOptions extends WalkOptions {
  /** Id of a session that stays. */
  readonly except?: string | undefined
  /** Called after each page, and awaited. If it throws, the call stops and rejects with that error. */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
}

export interface Progress {
  /** Sessions ended so far. */
  readonly ended: number
  /** Ids checked so far, of living and dead sessions: at most `total`. */
  readonly seen: number
  /** Ids in the set when the call began: at least as many as there were sessions. */
  readonly total: number
}

/** What watches a session. */
export interface Watcher {
  /** Whether the session's secret is still one of the watcher's own. */
  readonly owns: (secretHash: string | undefined) => boolean
  readonly onEnd: (why: 'ended' | 'superseded') => void
}

export interface Store {
  /** Reads a live session: all fields, or those named. Changes nothing. `undefined` if it is gone. */
  read(id: string, fields?: readonly string[]): Promise<StoredSession | undefined>

  /** Reads a live session like `read`, with its times. */
  inspect(id: string, fields?: readonly string[]): Promise<SessionDetails | undefined>

  /**
   * Why this secret does not open the session.
   *
   * @param requestStartedAt - by `performance.now()`
   */
  explain(id: string, secretHash: string, requestStartedAt: number): Promise<Refusal>

  /**
   * Creates a session with a fresh id. Once it resolves, `find` yields the session for each of its references.
   *
   * Rejects, and creates nothing, with
   * - `ERR_SESSION_STORE` where the id is in use; the session that has it stays as it is;
   * - `ERR_SESSION_REVOKED` where a value was revoked since the request began;
   * - `ERR_SESSION_LIMIT` where a value has as many sessions as allowed, and `onMax` is `'refuse'`. With
   *   `'evict-oldest'` the sessions that signed in first end.
   */
  create(id: string, secretHash: string, changes: Changes): Promise<Lifetime>

  /**
   * Changes a live session, all of it or nothing, and restarts its idle timeout. Never creates one. Once it
   * resolves, `find` yields the session for the new value of each reference, and no longer for the old one. Two
   * updates of different fields both stay.
   *
   * Rejects with `ERR_SESSION_FIELD` where the field to increment holds no whole number of 64 bits, and like
   * `create` where a changed reference is refused. Nothing has changed then; on a cluster, where that happened
   * during the change, the session has ended.
   */
  update(id: string, update: Update): Promise<Updated | Refusal>

  /**
   * An operator's write: changes the session, or creates it without a secret, so that no cookie opens it.
   * Rejects with `ERR_SESSION_FIELD` for a malformed id.
   */
  put(id: string, changes: Changes): Promise<void>

  /**
   * Ends a session for good and takes it out of all its sets. An owner has to hold its secret, or a superseded
   * one: signing out wins over a renewal. Nothing was done where it resolves to a refusal.
   */
  delete(id: string, options?: DeleteOptions): Promise<'deleted' | Refusal>

  /**
   * Yields every session that has this value from the call's start to its end; sessions that come or go
   * meanwhile may be among them. Never yields one that was gone or had another value when its page was read.
   * Callers may stop early. Takes memory for one page. Once aborted, yields nothing more.
   */
  find(field: string, value: string, options?: WalkOptions): AsyncIterable<SessionDetails>

  /** The number of sessions that `find` would yield. Takes memory for one page. */
  count(field: string, value: string, options?: WalkOptions): Promise<number>

  /**
   * Ends every session that had this value when it was called, except one, and for an hour refuses requests
   * under way that would set the value. A session that changed to another value meanwhile stays. Takes memory
   * for one page. Sessions that were ended stay ended if the call rejects.
   *
   * @returns how many it ended
   */
  revokeAll(field: string, value: string, options?: RevokeAllOptions): Promise<number>

  /**
   * Calls back once, when a session has ended or has another secret, on whichever server and for whatever reason.
   * For a session that is gone already that is soon, but never before this returns. "Cannot tell" is no end: the
   * store checks again until it can tell. A session that is removed by other means than this library is noticed
   * within a minute.
   *
   * @returns stops watching
   * @throws `ERR_SESSION_OPTIONS` after `close`
   */
  watch(id: string, watcher: Watcher): () => void

  /** Stops all watching for good, and closes its connection and timers. The given client stays open. */
  close(): Promise<void>

  /** Key of a session's hash. */
  getSessionKey(id: string): string

  /** Key of the set of a value. */
  getReferenceKey(field: string, value: string): string

  /** The given client, if there is one. */
  readonly client: unknown
}

export interface StoreProvider {
  /** Opens its sessions under a policy. */
  open(policy: StorePolicy, prefix: string): Store
}

/** Ids that a walk checks together: bounds its memory, and the time of each command. */
export const PAGE = 500

/** How long `revokeAll` refuses requests that were under way when it was called, ms. */
export const REVOKED_FOR = 60 * 60_000

/** A secret that was replaced up to this long before a request began is superseded, ms. */
export const SUPERSEDED_FOR = 30_000

/** How long former secrets are known, ms. */
export const FORMER_FOR = 60 * 60_000

/** The references that say who is signed in. */
export function rotatingReferences({ references }: StorePolicy): string[] {
  return [...references].flatMap(([name, { rotate }]) => (rotate ? [name] : []))
}

/** Values without a prototype: `values[name]` must find no `constructor`, whatever name a visitor sends. */
export function emptyValues(): Record<string, string> {
  return Object.create(null) as Record<string, string>
}
