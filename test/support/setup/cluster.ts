import type { ProvidedContext } from 'vitest'
import type { TestProject } from 'vitest/node'
import { startCluster } from '../servers/cluster.js'
import { share } from './shared.js'

declare module 'vitest' {
  export interface ProvidedContext {
    clusterNodes: { host: string; port: number }[]
  }
}

/**
 * One cluster for all tests: the one that REDIS_CLUSTER_URLS names, separated by commas, else one that
 * ends with the run.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { REDIS_CLUSTER_URLS } = process.env
  const cluster = REDIS_CLUSTER_URLS ? undefined : await share('the cluster', startCluster)
  provide('clusterNodes', cluster?.nodes ?? REDIS_CLUSTER_URLS!.split(',').map(toNode))
  return async () => cluster?.stop()
}

function toNode(url: string): ProvidedContext['clusterNodes'][number] {
  const { hostname, port } = new URL(url.trim())
  return { host: hostname, port: Number(port || 6379) }
}
