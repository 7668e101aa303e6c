import { Cluster, Redis } from 'ioredis'

/** Connects to the `config` of redis/start.mjs. */
export function connect({ nodes, cluster, natMap }) {
  if (cluster) return new Cluster(nodes, natMap ? { natMap } : {})
  return new Redis(nodes[0])
}
