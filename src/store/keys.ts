/**
 * The names of all keys and channels, and the only place that spells them.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `PREFIX:{ID}` | hash | a session |
 * | `PREFIX:{ID}:former` | string | hashes of the secrets that it had, when it ended and why; an hour |
 * | `PREFIX:{ID}:tombstone` | hash | for a minute: that it has ended, or may not take a value |
 * | `PREFIX:{ID}:adopted` | string | when the old cookie is over from which the session was made, for an hour longer |
 * | `PREFIX:FIELD={VALUE}` | set | the ids of the sessions with this value |
 * | `PREFIX:FIELD={VALUE}:revoked` | string | the value's revocation time, for an hour; for 400 days with `adopt` |
 * | `PREFIX:FIELD={VALUE}:slots` | sorted set | ids by the time they took a slot, where there is a limit |
 *
 * Redis Cluster hashes the part between the first `{` and the next `}`. So the keys of a session
 * share a slot, and so do those of a value, also where the value contains braces.
 *
 * A prefix may contain colons, but no brace, so the character before the first brace tells a session from a set:
 * no key of one prefix is a key of another.
 */
export class Keys {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  session(id: string): string {
    return `${this.#prefix}:{${id}}`
  }

  former(id: string): string {
    return `${this.#prefix}:{${id}}:former`
  }

  tombstone(id: string): string {
    return `${this.#prefix}:{${id}}:tombstone`
  }

  adopted(id: string): string {
    return `${this.#prefix}:{${id}}:adopted`
  }

  /**
   * Client libraries disagree about the slot of a key with empty braces (cluster-key-slot 1.1 goes on to
   * a later brace), and a value that begins with `}` would leave them empty. So a first `}` becomes
   * `%7D`, a first `%` becomes `%25`, and the empty value becomes `%`.
   */
  set(field: string, value: string): string {
    const text = value === '' ? '%' : value.replace(/^[%}]/, encodeURIComponent)
    return `${this.#prefix}:${field}={${text}}`
  }

  /** All keys of a value. */
  ofValue(field: string, value: string): ValueKeys {
    const set = this.set(field, value)
    return { set, revoked: `${set}:revoked`, slots: `${set}:slots` }
  }
}

/** The keys of one value of a reference. */
export interface ValueKeys {
  readonly set: string
  /** The value's revocation time. */
  readonly revoked: string
  readonly slots: string
}

/** The id in the key of a session's hash. */
export function sessionIdOf(sessionKey: string): string {
  return sessionKey.slice(sessionKey.lastIndexOf('{') + 1, -1)
}

/** The suffix that makes a session's key the channel on which its end is published. */
export const END_CHANNEL = ':ended'

export function endChannel(sessionKey: string): string {
  return sessionKey + END_CHANNEL
}

export function sessionKeyOf(endChannelName: string): string {
  return endChannelName.slice(0, -END_CHANNEL.length)
}
