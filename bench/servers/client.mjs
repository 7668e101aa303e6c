import { Cluster, Redis } from 'ioredis'

/** The ioredis client of a server: `cluster` and `natMap` as the suite's Redis has them. */
export function connect({ nodes, cluster, natMap }) {
  if (cluster) return new Cluster(nodes, natMap ? { natMap } : {})
  return new Redis(nodes[0])
}
