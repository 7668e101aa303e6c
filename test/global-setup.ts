import type { ProvidedContext } from 'vitest'
import type { TestProject } from 'vitest/node'
import { startCluster } from './servers/cluster.js'
import { startServer } from './servers/single.js'

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string
    clusterNodes: { host: string; port: number }[]
  }
}

/**
 * One server and one cluster for all test files: those that REDIS_URL and REDIS_CLUSTER_URLS
 * (separated by commas) name, else its own, which end with the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { REDIS_URL, REDIS_CLUSTER_URLS } = process.env
  const [server, cluster] = await Promise.all([
    REDIS_URL ? undefined : startServer(),
    REDIS_CLUSTER_URLS ? undefined : startCluster(),
  ])
  project.provide('redisUrl', server?.url ?? REDIS_URL!)
  project.provide('clusterNodes', cluster?.nodes ?? REDIS_CLUSTER_URLS!.split(',').map(toNode))
  return async () => {
    await Promise.all([server?.stop(), cluster?.stop()])
  }
}

function toNode(url: string): ProvidedContext['clusterNodes'][number] {
  const { hostname, port } = new URL(url.trim())
  return { host: hostname, port: Number(port || 6379) }
}
