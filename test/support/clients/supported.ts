import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import Redis50, { Cluster as Cluster50 } from 'ioredis50'
import Valkey, { Cluster as ValkeyCluster } from 'iovalkey'
import * as redis6 from 'redis'
import * as redis5 from 'redis5'
import type { RedisClient } from '../../../src/index.js'

export interface Connected {
  readonly client: RedisClient
  close(): Promise<void>
}

type Connect<Target> = (target: Target) => Promise<Connected>
export type Nodes = { host: string; port: number }[]

async function ioredis(
  client: Redis50 | Redis5 | Redis6 | Valkey | Cluster50 | Cluster5 | Cluster6 | ValkeyCluster,
): Promise<Connected> {
  await client.ping()
  return {
    client,
    close: async () => {
      await client.quit()
    },
  }
}

async function nodeRedis(
  client: RedisClient & { connect(): Promise<unknown>; close(): unknown },
): Promise<Connected> {
  await client.connect()
  return {
    client,
    close: async () => {
      await client.close()
    },
  }
}

const rootNodes = (nodes: Nodes): { rootNodes: { url: string }[] } => ({
  rootNodes: nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
})

/** Every client that is supported, on one server. */
export const SINGLE: Record<string, Connect<string>> = {
  'ioredis 6': (url) => ioredis(new Redis6(url)),
  'ioredis 5': (url) => ioredis(new Redis5(url)),
  'ioredis 6 with a key prefix': (url) => ioredis(new Redis6(url, { keyPrefix: 'app:' })),
  // Before 5.9 it finds the keys only of commands in lower case.
  'ioredis 5.0 with a key prefix': (url) => ioredis(new Redis50(url, { keyPrefix: 'app:' })),
  'ioredis 6 with numbers as strings': (url) => ioredis(new Redis6(url, { stringNumbers: true })),
  'ioredis 6 with auto-pipelining': (url) =>
    ioredis(new Redis6(url, { enableAutoPipelining: true })),
  'iovalkey with a key prefix': (url) => ioredis(new Valkey(url, { keyPrefix: 'app:' })),
  'node-redis 6': (url) => nodeRedis(redis6.createClient({ url })),
  'node-redis 6 with a key prefix': (url) =>
    nodeRedis(redis6.createClient({ url, keyPrefix: 'app:' })),
  'node-redis 6 in RESP2': (url) => nodeRedis(redis6.createClient({ url, RESP: 2 })),
  'node-redis 6 pool': (url) => nodeRedis(redis6.createClientPool({ url })),
  'node-redis 5': (url) => nodeRedis(redis5.createClient({ url })),
  'node-redis 5 in RESP3': (url) => nodeRedis(redis5.createClient({ url, RESP: 3 })),
}

/** Every client that is supported, on a cluster. */
export const CLUSTER: Record<string, Connect<Nodes>> = {
  'ioredis 6 Cluster': (nodes) => ioredis(new Cluster6(nodes)),
  'ioredis 5 Cluster': (nodes) => ioredis(new Cluster5(nodes)),
  'ioredis 5.0 Cluster with a key prefix': (nodes) =>
    ioredis(new Cluster50(nodes, { keyPrefix: 'app:' })),
  'ioredis 6 Cluster with a key prefix': (nodes) =>
    ioredis(new Cluster6(nodes, { keyPrefix: 'app:' })),
  'ioredis 6 Cluster with auto-pipelining': (nodes) =>
    ioredis(new Cluster6(nodes, { enableAutoPipelining: true })),
  'iovalkey Cluster': (nodes) => ioredis(new ValkeyCluster(nodes)),
  'node-redis 6 cluster': (nodes) => nodeRedis(redis6.createCluster(rootNodes(nodes))),
  'node-redis 5 cluster': (nodes) => nodeRedis(redis5.createCluster(rootNodes(nodes))),
}
