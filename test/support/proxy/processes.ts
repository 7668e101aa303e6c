import { Cluster, Redis } from 'ioredis'
import { inject } from 'vitest'
import type { RedisClient } from '../../../src/index.js'
import { connectProxied, type Library, type Target } from './proxied-clients.js'
import type { Traffic } from './proxy.js'

export type Where = 'one server' | 'a cluster'

export const CASES: readonly (readonly [Library, Where])[] = [
  ['ioredis 6', 'one server'],
  ['node-redis 6', 'one server'],
  ['ioredis 6', 'a cluster'],
  ['node-redis 6', 'a cluster'],
]

/** The tests' own server, or the nodes of their cluster. */
export function targetsOf(where: Where): Target | readonly Target[] {
  if (where === 'a cluster') return inject('clusterNodes')
  const { hostname, port } = new URL(inject('redisUrl'))
  return { host: hostname, port: Number(port) }
}

/** Connects past all proxies. */
export function connectDirectly(where: Where): Redis | Cluster {
  return where === 'a cluster' ? new Cluster(inject('clusterNodes')) : new Redis(inject('redisUrl'))
}

/** Clients of several processes, each with connections and proxies of its own. */
export interface Processes {
  readonly clients: readonly RedisClient[]
  /** Past all proxies. */
  readonly direct: Redis | Cluster
  close(): Promise<void>
}

/** `traffic` decides over the messages of `app0.0`: the first process, to the first server. */
export async function startProcesses(
  library: Library,
  where: Where,
  count: number,
  traffic: (proxy: string) => Traffic,
): Promise<Processes> {
  const targets = targetsOf(where)
  const processes = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      connectProxied(library, targets, (server) => traffic(`app${i}.${server}`)),
    ),
  )
  const direct = connectDirectly(where)
  await direct.ping()
  return {
    clients: processes.map(({ client }) => client),
    direct,
    async close() {
      await Promise.all(processes.map((each) => each.close()))
      direct.disconnect()
    },
  }
}
