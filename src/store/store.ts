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

import type { EndedBy } from '../events.js'
import type {
  Changes,
  DeleteOptions,
  Explanation,
  Lifetime,
  Moment,
  Refusal,
  SessionDetails,
  StoredBinding,
  StoredSession,
  StorePolicy,
  Update,
  Updated,
} from './session-data.js'

export type * from './session-data.js'
export { endedBy } from './session-data.js'

/** Upper bound of `max`: scripts report that many sessions at once. */
export const LARGEST_LIMIT = 1000

export interface WalkOptions {
  /**
   * Stops the call, which rejects with the signal's reason: before anything is sent if it is aborted already,
   * otherwise once the page under way is done.
   */
  readonly signal?: AbortSignal | undefined
}

export interface RevokeAllOptions extends WalkOptions {
  /** What the browsers of the sessions are told for an hour. */
  readonly reason?: string | undefined
  /** For the record. Left out: an operator. */
  readonly by?: EndedBy | undefined
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
  /** Whether the watcher proved the device that the session is bound to now. */
  readonly proves: (binding: string | undefined) => boolean
  readonly onEnd: (why: WhyItEnds) => void
}

/** Why a watched session is not the watcher's any more. `'expired'`: its time was over. */
export type WhyItEnds = 'ended' | 'expired' | 'superseded' | 'unproven'

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
  explain(id: string, secretHash: string, requestStartedAt: number): Promise<Explanation>

  /** The store's clock: it was at most a minute ago that it was read. No promise where it is known. */
  now(id: string): Moment | Promise<Moment>

  /** What a device needs to prove itself. `undefined` without a binding, and where the session is gone. */
  readBinding(id: string): Promise<StoredBinding | undefined>

  /**
   * Keeps the key of a device with its session: the binding is pending then. `'refused'`, and nothing is done, where it is gone or has no binding,
   * where another device has come first, and where the secret is not the one in force.
   */
  bind(id: string, secretHash: string, publicKey: string): Promise<'bound' | 'refused'>

  /** Has a pending binding take effect, if it is still this one. */
  confirmBinding(id: string, binding: string): Promise<void>

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
   * Creates a session like `create`, with a derived id (token.ts): called again, it resolves as before. Resolves to
   * `undefined`, and does nothing, where another secret opens the session, and where it has ended: until an hour after
   * `until` it is not created again. Its request began before every `revokeAll`, and no session ends for it: where a
   * value has as many as allowed, it rejects with `ERR_SESSION_LIMIT`.
   *
   * Rejects with `ERR_SESSION_STORE` also where the id was pruned a moment ago; in a minute it can be created.
   *
   * @param until - ms since 1970, by this process's clock
   */
  adopt(
    id: string,
    secretHash: string,
    changes: Changes,
    until: number,
  ): Promise<Lifetime | undefined>

  /** The `until` with which a session was adopted, whether it lives or not. `undefined` if it was not. */
  adoptedUntil(id: string): Promise<number | undefined>

  /**
   * Changes a live session, all of it or nothing, and restarts its idle timeout. Never creates one. Once it
   * resolves, `find` yields the session for the new value of each reference, and no longer for the old one. Two
   * updates of different fields both stay.
   *
   * Rejects with `ERR_SESSION_FIELD` where the field to increment holds no whole number of 64 bits, and like
   * `create` where a changed reference is refused. Nothing has changed then; on a cluster, where that happened
   * during the change, the session has ended.
   */
  update(id: string, update: Update): Promise<Updated | Explanation>

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
   * How long ago `revokeAll` was last called for this value, ms, by the store's clock. `undefined` where that was more
   * than an hour ago, or never.
   */
  revokedAgo(field: string, value: string): Promise<number | undefined>

  /**
   * Calls back once, when a session has ended, has another secret, or is bound to a device, on whichever server and for whatever reason.
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

/** How long a session of a library before may be adopted, ms: browsers keep no cookie for longer (RFC 6265bis, 5.5). */
export const ADOPTABLE_FOR = 400 * 24 * 3_600_000

/** How much longer than its old cookie an adopted id is not used again, ms: clocks of machines differ. */
export const ADOPTED_SLACK = 3_600_000

/** A secret that was replaced up to this long before a request began is superseded, ms. */
export const SUPERSEDED_FOR = 30_000

/** How long former secrets are known, and the reasons of ends, ms. */
export const FORMER_FOR = 60 * 60_000

/** There is no such session, and no more is known of it. */
export const GONE: Explanation = { refusal: 'gone', endReason: undefined }

/** The reason of an end by a limit. */
export const LIMIT_REASON = 'limit'

/** The references that say who is signed in. */
export function rotatingReferences({ references }: StorePolicy): string[] {
  return [...references].flatMap(([name, { rotate }]) => (rotate ? [name] : []))
}

/** Values without a prototype: `values[name]` must find no `constructor`, whatever name a visitor sends. */
export function emptyValues(): Record<string, string> {
  return Object.create(null) as Record<string, string>
}
