import type { FieldSet } from '../fields/field-set.js'
import type {
  FieldInput,
  FieldName,
  MaybeFields,
  ReferenceName,
  StoredValues,
  WriteValues,
} from '../fields/types.js'
import { parseMaxAge } from '../options/duration.js'
import type { Duration } from '../options/session-options.js'
import { emptyValues, type Store } from '../store/store.js'
import { createId } from '../store/token.js'

/**
 * `Session.store`: sessions by id, for jobs and administration. It checks no cookie; in a request use
 * `ctx.session`. Reads and writes reject with `ERR_SESSION_STORE` if Redis cannot answer.
 */
export class SessionsById<F extends MaybeFields = undefined> {
  readonly #store: Store
  readonly #fields: FieldSet

  constructor(store: Store, fields: FieldSet) {
    this.#store = store
    this.#fields = fields
  }

  /** `options.client`; `undefined` for sessions in memory. */
  get client(): unknown {
    return this.#store.client
  }

  /**
   * Reads the `id` of a session and all its fields, or those named.
   *
   * @returns `{}`, without defaults, if there is no such session
   */
  get(id: string): Promise<StoredValues<F>>
  get<K extends FieldName<F>>(id: string, fields: K | readonly K[]): Promise<StoredValues<F, K>>
  async get(id: string, fields?: string | readonly string[]): Promise<object> {
    const names = this.#fields.encodeRead(fields)
    const stored = await this.#store.read(id, names)
    if (stored === undefined) return emptyValues()
    return Object.assign(this.#fields.decode(stored.values, id, names), { id })
  }

  /**
   * Sets fields. Unlike `ctx.session.set` it renews no secret, and neither `revokeAll` nor `max` refuses
   * it. Creates a missing session, which no cookie opens; take its id from `createSessionId()`.
   *
   * @param maxAge - the session's idle timeout from now on, in ms or as `'30 days'`
   * @throws `ERR_SESSION_FIELD` for an id, name or value that cannot be stored
   */
  async set(id: string, values: WriteValues<F>, maxAge?: Duration): Promise<void> {
    await this.#store.put(id, {
      ...this.#fields.encodeValues(values),
      maxAge: parseMaxAge(maxAge),
    })
  }

  /** Removes fields. Does nothing if there is no such session. `maxAge` as for `set`. */
  async unset(
    id: string,
    fields: FieldName<F> | readonly FieldName<F>[],
    maxAge?: Duration,
  ): Promise<void> {
    await this.#store.update(id, {
      unset: this.#fields.encodeNames(fields),
      maxAge: parseMaxAge(maxAge),
    })
  }

  /** Restarts the idle timeout. Does nothing if there is no such session. `maxAge` as for `set`. */
  async touch(id: string, maxAge?: Duration): Promise<void> {
    await this.#store.update(id, { maxAge: parseMaxAge(maxAge) })
  }

  /** Ends a session for good. Does nothing if there is no such session. */
  async delete(id: string): Promise<void> {
    await this.#store.delete(id)
  }

  /** A fresh id of 20 characters; ids sort by age. */
  createSessionId(): string {
    return createId()
  }

  /** The key of a session's Redis hash. */
  getSessionKey(id: string): string {
    return this.#store.getSessionKey(id)
  }

  /**
   * The key of the Redis set of the ids of all sessions with this value; `1` and `'1'` share one.
   *
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference, or cannot hold the value
   */
  getReferenceKey<K extends ReferenceName<F>>(field: K, value: FieldInput<F, K>): string {
    return this.#store.getReferenceKey(field, this.#fields.encodeReference(field, value))
  }
}
