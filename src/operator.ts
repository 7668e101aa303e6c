import { ownMaxAge } from './duration.js'
import {
  encodeNames,
  encodeRead,
  encodeValue,
  encodeValues,
  type FieldValue,
  type FieldValues,
} from './fields.js'
import type { Duration } from './options.js'
import type { Store } from './store/store.js'
import { createId } from './token.js'

/**
 * `Session.store`, the operator's door: sessions by id, without a cookie and its secret. For jobs
 * and administration; in a request use `ctx.session`, which knows who is asking.
 *
 * All methods reject with `ERR_SESSION_STORE` (503) where Redis cannot answer.
 */
export class OperatorStore {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** The client given as `options.client`; `undefined` for sessions in memory. */
  get client(): unknown {
    return this.#store.client
  }

  /**
   * Reads a session's fields, or only those named. `{}` where there is no such session.
   */
  async get(
    id: string,
    fields?: string | readonly string[],
  ): Promise<Record<string, string | undefined>> {
    const stored = await this.#store.read(id, encodeRead(fields))
    return stored?.values ?? {}
  }

  /**
   * Sets fields, as `ctx.session.set` does, but renews no secret. Makes the session if there is
   * none; no cookie opens such a session. To make one take a fresh id, `createSessionId()`.
   *
   * @param maxAge - an idle time for this session from now on, in ms or as a text
   * @throws `ERR_SESSION_FIELD` for an id, a name or a value that cannot be kept
   */
  async set(id: string, values: FieldValues, maxAge?: Duration): Promise<void> {
    await this.#store.put(id, { ...encodeValues(values), ...ownMaxAge(maxAge) })
  }

  /** Removes fields. Where there is no such session, nothing happens. `maxAge` as in `set`. */
  async unset(id: string, fields: string | readonly string[], maxAge?: Duration): Promise<void> {
    await this.#store.update(id, { unset: encodeNames(fields), ...ownMaxAge(maxAge) })
  }

  /** Renews the idle time. Where there is no such session, nothing happens. `maxAge` as in `set`. */
  async touch(id: string, maxAge?: Duration): Promise<void> {
    await this.#store.update(id, ownMaxAge(maxAge))
  }

  /** Ends a session for good, and takes it out of all its sets. */
  async delete(id: string): Promise<void> {
    await this.#store.delete(id)
  }

  /** A fresh id: 20 characters that begin with the time, so that ids sort by age. */
  createSessionId(): string {
    return createId()
  }

  /** The key of a session's Redis hash. */
  getSessionKey(id: string): string {
    return this.#store.getSessionKey(id)
  }

  /** The key of the Redis set of the ids of all sessions with this value; `1` and `'1'` are one. */
  getReferenceKey(field: string, value: FieldValue): string {
    return this.#store.getReferenceKey(field, encodeValue(field, value))
  }
}
