import { setTimeout as sleep } from 'node:timers/promises'
import type { Script } from '../scripts/script.js'

/**
 * All that the store needs of a client library. Keys are given apart from the other arguments:
 * they decide the node on a cluster, and they take the client's own key prefix.
 */
export interface RedisPort {
  /** Whether the client speaks to Redis Cluster. */
  readonly cluster: boolean
  /**
   * Sends `name key… argument…` and resolves to the reply as the server sent it. Names are in lower
   * case: ioredis before 5.9 knows the keys of no others.
   */
  send(name: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** Sends `evalsha` or `eval`. */
  evaluate(
    name: 'evalsha' | 'eval',
    script: string,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<unknown>
  /**
   * Opens a connection of its own to the same server, or to one node of the cluster, which all hear
   * every message; resolves when it can be used. It does not connect again by itself. Its errors are
   * told to nobody: the caller looks at what it missed, and the application's client tells its own.
   */
  listen(events: ListeningEvents): Promise<Listening>
}

/** Who uses a connection for messages. */
export interface ListeningEvents {
  /** Closes the connection, also while it is being opened. */
  readonly signal: AbortSignal
  readonly onMessage: (channel: string) => void
  /** The connection is lost; it may be called more than once. */
  readonly onLost: () => void
}

/**
 * A connection for messages. Channels take the client's own key prefix, as keys do. One call at a
 * time: the next one when the one before is answered.
 */
export interface Listening {
  /** Resolves when the server has acknowledged all of them. */
  subscribe(channels: readonly string[]): Promise<unknown>
  unsubscribe(channels: readonly string[]): Promise<unknown>
}

/** How long to wait while a cluster moves a slot, ms: it moves one key after another. */
const MOVING = 20

/**
 * Runs a script by its digest, and by its text where the server does not know it (any more). While the
 * slot of its keys moves from one node to another, and it cannot be run on either, tries again.
 *
 * @param until - when not to try any more, by `performance.now()`
 */
export async function runScript(
  port: RedisPort,
  script: Script,
  keys: readonly string[],
  args: readonly string[],
  until: number,
): Promise<unknown> {
  for (let known = true; ;) {
    try {
      return known
        ? await port.evaluate('evalsha', script.sha, keys, args)
        : await port.evaluate('eval', script.lua, keys, args)
    } catch (error) {
      // A Redis error's code is in its message alone, and not always its first word: ioredis tells the last
      // error after it has tried a few times itself.
      const message = error instanceof Error ? error.message : ''
      const unknown = known && message.includes('NOSCRIPT')
      const moving = message.includes('TRYAGAIN') && performance.now() + MOVING <= until
      if (!unknown && !moving) throw error
      if (unknown) known = false
      else await sleep(MOVING)
    }
  }
}
