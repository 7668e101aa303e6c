/**
 * The names of all keys, and the only place that makes them.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `PREFIX:{ID}` | hash | a session |
 * | `PREFIX:{ID}:superseded` | string | secrets' hashes it had until a moment ago |
 * | `PREFIX:FIELD:{VALUE}` | set | the ids of the sessions with this value |
 *
 * On a cluster the part between the first `{` and the next `}` decides which node has a key, so a
 * session's two keys are together. A value may hold braces itself: then another part of it decides,
 * which does not matter, as a set is never used together with another key there.
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

  /**
   * A value that begins with `}` would leave the braces empty, of which client libraries make
   * different slots (cluster-key-slot 1.1 looks for a later brace). So a first `}` is written as
   * `%7D`, and, for two values never to share a key, a first `%` as `%25`.
   */
  set(field: string, value: string): string {
    return `${this.#prefix}:${field}:{${value.replace(/^[%}]/, encodeURIComponent)}}`
  }
}
