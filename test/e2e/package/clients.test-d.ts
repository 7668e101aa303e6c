// Which clients the option `client` accepts. Never run: compiled by `npm run types`.
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import * as redis6 from 'redis'
import * as redis5 from 'redis5'
import type { RedisClient } from '../../../src/index.js'

const url = 'redis://127.0.0.1:6379'
const nodes = [{ host: '127.0.0.1', port: 7000 }]
const rootNodes = [{ url }]
const sentinels = { sentinels: nodes, name: 'primary' }

// Made before they are given, as applications do: so nothing is inferred from `RedisClient`.
const ioredis = {
  plain: new Redis(url, { keyPrefix: 'shop:' }),
  created: Redis.createClient(),
  sentinel: new Redis(sentinels),
  cluster: new Cluster(nodes, { redisOptions: { password: 'x' } }),
  cluster2: new Redis.Cluster(nodes),
}
const ioredis5 = {
  plain: new Redis5(url, { keyPrefix: 'shop:' }),
  created: Redis5.createClient(),
  sentinel: new Redis5(sentinels),
  cluster: new Cluster5(nodes, { redisOptions: { password: 'x' } }),
  cluster2: new Redis5.Cluster(nodes),
}
const nodeRedis6 = {
  plain: redis6.createClient(),
  resp2: redis6.createClient({ url, RESP: 2 }),
  resp3: redis6.createClient({ url, RESP: 3 }),
  pool: redis6.createClientPool(),
  pool3: redis6.createClientPool({ url, RESP: 3 }, { minimum: 2 }),
  cluster: redis6.createCluster({ rootNodes }),
  cluster3: redis6.createCluster({ rootNodes, RESP: 3, useReplicas: true }),
  buffers: redis6.createClient().withTypeMapping({ [redis6.RESP_TYPES.BLOB_STRING]: Buffer }),
}
const nodeRedis5 = {
  plain: redis5.createClient(),
  resp2: redis5.createClient({ url, RESP: 2 }),
  resp3: redis5.createClient({ url, RESP: 3 }),
  pool: redis5.createClientPool(),
  pool3: redis5.createClientPool({ url, RESP: 3 }, { minimum: 2 }),
  cluster: redis5.createCluster({ rootNodes }),
  cluster3: redis5.createCluster({ rootNodes, RESP: 3, useReplicas: true }),
  buffers: redis5.createClient().withTypeMapping({ [redis5.RESP_TYPES.BLOB_STRING]: Buffer }),
}

export const accepted: RedisClient[] = [
  ...Object.values(ioredis),
  ...Object.values(ioredis5),
  ...Object.values(nodeRedis6),
  ...Object.values(nodeRedis5),
]

const sentinel6 = redis6.createSentinel({ name: 'primary', sentinelRootNodes: nodes })
const sentinel5 = redis5.createSentinel({ name: 'primary', sentinelRootNodes: nodes })

export const refused: RedisClient[] = [
  // @ts-expect-error: its `sendCommand` takes other arguments
  sentinel6,
  // @ts-expect-error: its `sendCommand` takes other arguments
  sentinel5,
  // @ts-expect-error: the options of a client are none
  { host: '127.0.0.1', port: 6379 },
  // @ts-expect-error: a promise of a client, an `await` forgotten
  nodeRedis6.plain.connect(),
  // @ts-expect-error: an address is none
  url,
]
