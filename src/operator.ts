import { ownMaxAge } from './duration.js'
import type { FieldSet } from './fields/fields.js'
import type {
  FieldInput,
  FieldName,
  MaybeFields,
  ReferenceName,
  StoredValues,
  WriteValues,
} from './fields/types.js'
import type { Duration } from './options.js'
import { emptyValues, type Store } from './store/store.js'
import { createId } from './token.js'

/**
 * `Session.store`, the operator's door: sessions by id, without a cookie and its secret. For jobs
 * and administration; in a request use `ctx.session`, which knows who is asking.
 *
 * All methods reject with `ERR_SESSION_STORE` (503) where Redis cannot answer.
 */
export class OperatorStore<F extends MaybeFields = undefined> {
  readonly #store: Store
  readonly #fields: FieldSet

  constructor(store: Store, fields: FieldSet) {
    this.#store = store
    this.#fields = fields
  }

  /** The client given as `options.client`; `undefined` for sessions in memory. */
  get client(): unknown {
    return this.#store.client
  }

  /**
   * Reads a session's fields, or only those named. `{}`, without any default, where there is no such
   * session.
   */
  get(id: string): Promise<StoredValues<F>>
  get<K extends FieldName<F>>(id: string, fields: K | readonly K[]): Promise<StoredValues<F, K>>
  async get(id: string, fields?: string | readonly string[]): Promise<object> {
    const names = this.#fields.encodeRead(fields)
    const stored = await this.#store.read(id, names)
    return stored === undefined ? emptyValues() : this.#fields.decode(stored.values, id, names)
  }

  /**
   * Sets fields, as `ctx.session.set` does, but renews no secret. Makes the session if there is
   * none; no cookie opens such a session. To make one take a fresh id, `createSessionId()`.
   *
   * @param maxAge - an idle time for this session from now on, in ms or as a text
   * @throws `ERR_SESSION_FIELD` for an id, a name or a value that cannot be kept
   */
  async set(id: string, values: WriteValues<F>, maxAge?: Duration): Promise<void> {
    await this.#store.put(id, { ...this.#fields.encodeValues(values), ...ownMaxAge(maxAge) })
  }

  /** Removes fields. Where there is no such session, nothing happens. `maxAge` as in `set`. */
  async unset(
    id: string,
    fields: FieldName<F> | readonly FieldName<F>[],
    maxAge?: Duration,
  ): Promise<void> {
    await this.#store.update(id, { unset: this.#fields.encodeNames(fields), ...ownMaxAge(maxAge) })
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
  getReferenceKey<K extends ReferenceName<F>>(field: K, value: FieldInput<F, K>): string {
    return this.#store.getReferenceKey(field, this.#fields.encodeReference(field, value))
  }
}
