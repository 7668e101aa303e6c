/**
 * The contract of a session store. Its comments are the specification: memory, one Redis and
 * Redis Cluster keep it alike, and `test/store/contract.ts` is run by each of them.
 *
 * Words: a session is **live** from the moment it was created until it is deleted or its time is
 * over; then it is **gone**, for ever. A store knows no cookies and no secrets, only their hashes.
 *
 * For every method: where the server does not answer within the store's timeout, or answers with
 * an error, the promise rejects with `ERR_SESSION_STORE`; a write may then have happened or not,
 * but never by half. No method reports "gone" for "cannot tell". An id that no `createId` could
 * have made names no session.
 */

/** How long sessions live, and which of their fields are references. The same for all calls. */
export interface StorePolicy {
  /** Idle time in ms of a session that has fields. */
  readonly maxAge: number
  /** Idle time in ms, at most, of a session without fields. */
  readonly emptyMaxAge: number
  /** Time in ms after its creation at which a session ends whatever happens. */
  readonly absoluteMaxAge?: number | undefined
  /** The fields whose values can be searched for. */
  readonly references: ReadonlyMap<string, ReferencePolicy>
}

/** What is kept about one reference. */
export interface ReferencePolicy {
  /** Whether a change of its value renews the secret. */
  readonly rotate: boolean
  /** How many sessions at most may have one value; `undefined` for no limit. */
  readonly max?: number | undefined
  /** What happens to one more: those that signed in first are ended, or it is refused. */
  readonly onMax?: 'evict-oldest' | 'refuse' | undefined
}

/** One value of one reference. */
export interface Reference {
  readonly field: string
  readonly value: string
}

/** The most that `max` may be: so many sessions are looked at together. */
export const MOST_SEATS = 1000

/** A change of one session. What is left out stays as it is. No name is both set and unset. */
export interface Changes {
  /** Fields and their new texts. */
  readonly set?: ReadonlyMap<string, string> | undefined
  /** Names of fields to remove; those that are not there do not matter. */
  readonly unset?: readonly string[] | undefined
  /** A field to add a whole number to, starting from 0. Never a reference. */
  readonly increment?: { readonly name: string; readonly by: string } | undefined
  /** An idle time in ms of this session's own, kept until another one is given. */
  readonly maxAge?: number | undefined
  /**
   * When the request that asks for it began, as `performance.now()` tells. It may then not set a
   * reference to a value whose sessions were all ended since, nor beyond the limit of sessions with one
   * value. Left out: the operator's change, which nothing refuses.
   */
  readonly since?: number | undefined
}

/** The next secret's hash, and when to take it: on a change of a rotating reference, or now. */
export interface Renewal {
  readonly secretHash: string
  readonly when: 'changed' | 'always'
}

/** A change made by somebody who has to prove to be the owner, or by the operator, who has not. */
export interface Update extends Changes {
  /** The hash of the secret that the caller holds. Left out: the operator's change. */
  readonly secretHash?: string
  /** Left out: the secret stays. */
  readonly renewal?: Renewal | undefined
}

/** A session as the hot path reads it. */
export interface StoredSession {
  /** The application's fields, without the library's own. */
  readonly values: Record<string, string>
  /** The hash of the secret in force; `undefined` where the operator created the session. */
  readonly secretHash: string | undefined
}

/** A session with its times, as lists show it. All times are the store's clock, in ms. */
export interface SessionDetails extends StoredSession {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt: number
  /** For how long it has not been written or touched. */
  readonly idleFor: number
}

/** How long a session that was just written will live, if nothing touches it. */
export interface Lifetime {
  /** ms from now. */
  readonly expiresIn: number
  /** The same as a time of the store's clock, ms. */
  readonly expiresAt: number
  /** Whether its idle time was given by a caller for this session. */
  readonly ownMaxAge: boolean
}

/** The outcome of an update that was done. */
export interface Updated extends Lifetime {
  /** When it would have ended without this update, as a time of the store's clock, ms. */
  readonly wouldHaveExpiredAt: number
  /** Whether the secret was replaced by the one in `renewal`. */
  readonly renewed: boolean
  /** The field's new text, after an increment. */
  readonly incremented?: string | undefined
}

/**
 * Why nothing was done: the session is gone or the secret is wrong (`'gone'`: nobody may tell the
 * two apart), or the secret was replaced within the last 30 seconds (`'superseded'`).
 */
export type Refusal = 'gone' | 'superseded'

/** What a walk over the sessions that have a value may be told. */
export interface WalkOptions {
  /**
   * Stops the walk: the call rejects with the signal's reason, before anything is sent where it was
   * aborted already, else once the page under way is done: no session is left by half.
   */
  readonly signal?: AbortSignal | undefined
}

/** What ending the sessions that have a value may be told. */
export interface DeleteAllOptions extends WalkOptions {
  /** The id of a session that stays. */
  readonly except?: string | undefined
  /**
   * Called after each page, and waited for. Where it throws or rejects, the call stops like an
   * aborted one, and rejects with that.
   */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
}

/** How far a walk has come. */
export interface Progress {
  /** The sessions ended so far. */
  readonly ended: number
  /** The ids looked at so far, of the living and of the dead: at most `total`. */
  readonly seen: number
  /** The ids that the set held when the call began: at least as many as there were sessions. */
  readonly total: number
}

export interface Store {
  /**
   * Reads a live session: all fields, or those named. Changes nothing.
   * Gone or malformed id: `undefined`.
   */
  read(id: string, fields?: readonly string[]): Promise<StoredSession | undefined>

  /**
   * Reads a live session with its times: all fields, or those named. Changes nothing.
   * Gone or malformed id: `undefined`.
   */
  inspect(id: string, fields?: readonly string[]): Promise<SessionDetails | undefined>

  /** Whether this secret was the session's until a renewal within the last 30 seconds. */
  isSuperseded(id: string, secretHash: string): Promise<boolean>

  /**
   * Makes a session with a fresh id. Once it resolves, `find` yields it for each reference set.
   * An id in use: rejects with `ERR_SESSION_STORE`, and the session that has it stays as it is.
   * A reference set to a value whose sessions were all ended since the request began: rejects with
   * `ERR_SESSION_REVOKED`. One that has as many sessions as it may: ends those that signed in first, or
   * rejects with `ERR_SESSION_LIMIT`. Where it rejects with these, there is no new session.
   */
  create(id: string, secretHash: string, changes: Changes): Promise<Lifetime>

  /**
   * Changes a live session, all of it or nothing, and renews its idle time. Never creates one.
   * Once it resolves, `find` yields the session for the new value of each reference, and no longer
   * for the old one. Two updates of different fields both stay.
   * An increment of a text that is no whole number of 64 bits: rejects with `ERR_SESSION_FIELD`.
   * A reference changed to a value that does not let it in: rejects as `create` does, and nothing was
   * changed. (On a cluster, where that happened while it was changed, the session has ended.)
   */
  update(id: string, update: Update): Promise<Updated | Refusal>

  /**
   * The operator's write: changes the session, or makes it if it is gone, without a secret, so that
   * no cookie opens it. Malformed id: rejects with `ERR_SESSION_FIELD`.
   */
  put(id: string, changes: Changes): Promise<void>

  /**
   * Ends a session for good and takes it out of all its sets. With a secret's hash, only if it is
   * the session's. Already gone or malformed id: `'gone'`.
   */
  delete(id: string, secretHash?: string): Promise<'ended' | Refusal>

  /**
   * Yields every session that has this value from the call's start to its end; sessions that come or
   * go meanwhile may be among them. Never one that was gone or had another value when it was looked
   * at, which is done for a page of them at a time, when the first of the page is asked for.
   * It can be left early, and takes memory for one page. Aborted, it yields no further session, not
   * even of the page under way.
   */
  find(field: string, value: string, options?: WalkOptions): AsyncIterable<SessionDetails>

  /** The number of sessions that `find` would yield, in the memory of one page. */
  count(field: string, value: string, options?: WalkOptions): Promise<number>

  /**
   * Ends every session that had this value when it was called, but for the exception, and refuses
   * requests that were under way and would set the value within an hour. A session
   * that meanwhile changed to another value is left alone. It takes memory for one page. What was
   * ended stays ended, also where the call rejects.
   * @returns how many it ended
   */
  deleteAll(field: string, value: string, options?: DeleteAllOptions): Promise<number>

  /**
   * Calls back once, when a session has ended, wherever and for whatever reason that happens; soon,
   * but never before this returns, where it is gone already or the id is malformed. Never for "cannot
   * tell": then it looks again until it can. What somebody removes from Redis by other means than
   * this library is seen within a minute. A renewal of the secret is no end.
   * @returns stops watching: from then on it does not call back
   * @throws `ERR_SESSION_OPTIONS` after `close`
   */
  watch(id: string, onEnd: () => void): () => void

  /**
   * Stops all watching, for ever, and closes what it needed: a connection and timers. Other calls
   * work as before, and the client that was given stays open.
   */
  close(): Promise<void>

  /** The key of a session, as operators see it. */
  getSessionKey(id: string): string

  /** The key of the set of ids with this value, as operators see it. */
  getReferenceKey(field: string, value: string): string

  /** The client that was given, if there is one. */
  readonly client: unknown
}

/** Where sessions live, before it is known under which policy. */
export interface StoreProvider {
  /** Opens the sessions in it under a policy. */
  open(policy: StorePolicy, prefix: string): Store
}

/** How many ids a walk looks at together: bounds memory, and the time of each command. */
export const PAGE = 500

/** For how long `deleteAll` refuses requests that were under way when it was called, in ms. */
export const REVOKED_FOR = 60 * 60_000

/** How long a replaced secret is recognised, in ms. */
export const SUPERSEDED_FOR = 30_000

/**
 * Values without a prototype: a field that is not there must not read as what every object has, or
 * `session[name]` with a visitor's `name` would find a `constructor`.
 */
export function emptyValues(): Record<string, string> {
  return Object.create(null) as Record<string, string>
}
