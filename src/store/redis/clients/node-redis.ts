import type { RedisPort } from './port.js'

/** What is used of node-redis 5 and 6: `createClient` and `createClientPool`. */
export interface NodeRedis {
  readonly isOpen: boolean
  sendCommand(args: string[], options?: CommandOptions): Promise<unknown>
}

/** What is used of node-redis 5 and 6: `createCluster`. */
export interface NodeRedisCluster {
  readonly isOpen: boolean
  nodeClient(node: never): unknown
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
    options?: CommandOptions,
  ): Promise<unknown>
}

interface CommandOptions {
  typeMapping?: Record<never, never>
}

/** Replies come as plain strings, whatever types the application asked its client for. */
const PLAIN: CommandOptions = { typeMapping: {} }

export function isNodeRedis(client: object): client is NodeRedis | NodeRedisCluster {
  // A node-redis Sentinel client looks alike, but takes other arguments.
  return 'isOpen' in client && 'sendCommand' in client && !('acquire' in client)
}

export function nodeRedisPort(client: NodeRedis | NodeRedisCluster): RedisPort {
  const cluster = 'nodeClient' in client
  // Version 6 has a key prefix, which `sendCommand` leaves to its caller.
  const prefix = (client as { _keyPrefix?: { toString(): string } })._keyPrefix?.toString() ?? ''
  const prefixed = (keys: readonly string[]): readonly string[] =>
    prefix === '' ? keys : keys.map((key) => prefix + key)

  // Never "read-only": such commands may go to replicas, which lag behind.
  const command = cluster
    ? (firstKey: string | undefined, args: string[]) =>
        client.sendCommand(firstKey, false, args, PLAIN)
    : (_firstKey: string | undefined, args: string[]) => client.sendCommand(args, PLAIN)

  return {
    cluster,
    send(name, unprefixed, args) {
      const keys = prefixed(unprefixed)
      return command(keys[0], [name, ...keys, ...args])
    },
    evaluate(name, script, unprefixed, args) {
      const keys = prefixed(unprefixed)
      return command(keys[0], [name, script, String(keys.length), ...keys, ...args])
    },
  }
}
