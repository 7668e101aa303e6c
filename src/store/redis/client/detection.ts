import { SessionError } from '../../../errors.js'
import { type Ioredis, ioredisPort, ioredisReadsReplicas, isIoredis } from './ioredis.js'
import { isNodeRedis, type NodeRedis, type NodeRedisCluster, nodeRedisPort } from './node-redis.js'
import type { RedisPort } from './port.js'

/** A client of ioredis 5 or 6 (single, Sentinel, Cluster) or node-redis 5 or 6 (client, pool, cluster). */
export type RedisClient = Ioredis | NodeRedis | NodeRedisCluster

/** Tells client libraries apart by their methods: an application may have several copies of one. */
export function connectPort(client: RedisClient): RedisPort {
  if (typeof client === 'object' && client !== null) {
    if (isIoredis(client)) {
      if (ioredisReadsReplicas(client)) {
        throw new SessionError(
          'ERR_SESSION_OPTIONS',
          'the client reads from replicas (scaleReads, or role), which lag behind, so an ended session ' +
            'could still be read: give the sessions a client of their own that reads from primaries',
        )
      }
      return ioredisPort(client)
    }
    if (isNodeRedis(client)) return nodeRedisPort(client)
  }
  const older = olderLibrary(client)
  throw new SessionError(
    'ERR_SESSION_OPTIONS',
    'options.client must be a client of ioredis 5 or 6 (Redis, Redis.Cluster) or of node-redis ' +
      `5 or 6 (createClient, createClientPool, createCluster)${older && `, not of ${older}`}`,
  )
}

function olderLibrary(client: unknown): string {
  if (typeof client !== 'object' || client === null) return ''
  if ('callBuffer' in client) return 'ioredis before 5'
  const isOlder =
    'internal_send_command' in client || ('isOpen' in client && !('destroy' in client))
  return isOlder ? 'node-redis before 5' : ''
}
