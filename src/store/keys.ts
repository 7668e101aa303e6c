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

  set(field: string, value: string): string {
    return `${this.#prefix}:${field}:{${value}}`
  }
}
