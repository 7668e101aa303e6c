/** The commands that the store sends. */
export type CommandName =
  | 'eval'
  | 'evalsha'
  | 'exists'
  | 'get'
  | 'hget'
  | 'hgetall'
  | 'hmget'
  | 'srem'
  | 'zrem'

/**
 * All that the store needs of a client library. Keys come apart from the other arguments: they decide the node
 * on a cluster, and they take the client's own key prefix.
 */
export interface RedisPort {
  /** Whether the client speaks to Redis Cluster. */
  readonly cluster: boolean
  /**
   * Sends `name key… argument…` and resolves to the reply as the server sent it.
   */
  send(name: CommandName, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** Sends `evalsha` or `eval`. */
  evaluate(
    name: 'evalsha' | 'eval',
    script: string,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<unknown>
  /**
   * Opens a connection of its own to the same server, or to any node of the cluster: Redis Cluster broadcasts
   * each message. Resolves when it can be used. It does not connect again by itself. Its errors are reported to
   * nobody: the caller checks what it missed, and the application's client reports its own.
   */
  listen(events: ListeningEvents): Promise<Listening>
}

/** What the user of a connection for messages hears. */
export interface ListeningEvents {
  /** Closes the connection, also while it is being opened. */
  readonly signal: AbortSignal
  readonly onMessage: (channel: string) => void
  /** The connection is lost; it may be called more than once. */
  readonly onLost: () => void
}

/** A connection for messages. Channels take the client's own key prefix, as keys do. One call at a time. */
export interface Listening {
  /** Resolves when the server has acknowledged all of them. */
  subscribe(channels: readonly string[]): Promise<unknown>
  unsubscribe(channels: readonly string[]): Promise<unknown>
}
