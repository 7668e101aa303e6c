/**
 * The names of all keys, and the only place that makes them.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `PREFIX:{ID}` | hash | a session |
 * | `PREFIX:{ID}:superseded` | string | secrets' hashes it had until a moment ago |
 * | `PREFIX:{ID}:noted` | hash | for a minute: that it has ended, or may not take a value |
 * | `PREFIX:FIELD:{VALUE}` | set | the ids of the sessions with this value |
 * | `PREFIX:FIELD:{VALUE}:revoked` | string | when all of them were ended, for an hour |
 * | `PREFIX:FIELD:{VALUE}:seats` | sorted set | their ids and when each signed in, where there is a limit |
 *
 * On a cluster the part between the first `{` and the next `}` decides which node has a key, so a
 * session's three keys are together, and the three of a value. A value may hold braces itself: then
 * another part of it decides, the same for its three keys.
 */
export class Keys {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  session(id: string): string {
    return `${this.#prefix}:{${id}}`
  }

  superseded(id: string): string {
    return `${this.#prefix}:{${id}}:superseded`
  }

  noted(id: string): string {
    return `${this.#prefix}:{${id}}:noted`
  }

  /** The three keys of a session, in the order in which scripts expect them. */
  ofSession(id: string): [session: string, superseded: string, noted: string] {
    return [this.session(id), this.superseded(id), this.noted(id)]
  }

  /**
   * A value that begins with `}` would leave the braces empty, of which client libraries make
   * different slots (cluster-key-slot 1.1 looks for a later brace). So a first `}` is written as
   * `%7D`, and, for two values never to share a key, a first `%` as `%25`. Empty braces decide
   * nothing, so the empty value is written as `%`.
   */
  set(field: string, value: string): string {
    const text = value === '' ? '%' : value.replace(/^[%}]/, encodeURIComponent)
    return `${this.#prefix}:${field}:{${text}}`
  }

  /** The three keys of a value, in the order in which scripts expect them. */
  ofValue(field: string, value: string): [set: string, revoked: string, seats: string] {
    const set = this.set(field, value)
    return [set, `${set}:revoked`, `${set}:seats`]
  }
}
