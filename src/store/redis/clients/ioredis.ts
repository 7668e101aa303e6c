import type { RedisPort } from './port.js'

/** What is used of ioredis 5 and 6: `Redis` (single server and Sentinel) and `Redis.Cluster`. */
export interface Ioredis {
  readonly isCluster: boolean
  call(command: string, ...args: string[]): Promise<unknown>
}

interface IoredisOptions {
  /** Cluster: where reads go. */
  scaleReads?: unknown
  /** Sentinel: which server to look for. */
  role?: unknown
}

export function isIoredis(client: object): client is Ioredis {
  return 'isCluster' in client && 'call' in client && typeof client.call === 'function'
}

/** ioredis puts its `keyPrefix` before the keys by itself: it knows where each command has them. */
export function ioredisPort(client: Ioredis): RedisPort {
  return {
    cluster: client.isCluster,
    send: (name, keys, args) => client.call(name, ...keys, ...args),
    evaluate: (name, script, keys, args) =>
      client.call(name, script, String(keys.length), ...keys, ...args),
  }
}

/** Whether the client may send reads to replicas, which lag behind. */
export function ioredisReadsReplicas(client: Ioredis): boolean {
  const { scaleReads = 'master', role } = (client as { options?: IoredisOptions }).options ?? {}
  return (client.isCluster && scaleReads !== 'master') || role === 'slave'
}
