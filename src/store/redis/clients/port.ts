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
}

/** Runs a script by its digest, and by its text where the server does not know it (any more). */
export async function runScript(
  port: RedisPort,
  script: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  try {
    return await port.evaluate('evalsha', script.sha, keys, args)
  } catch (error) {
    // The first word of a Redis error is its code; client libraries keep it in the message alone.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return port.evaluate('eval', script.lua, keys, args)
  }
}
