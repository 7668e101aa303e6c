import type { TestProject } from 'vitest/node'
import { startServer } from '../servers/server.js'
import { share } from './shared.js'

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string
  }
}

/** One server for all tests: the one that REDIS_URL names, else one that ends with the run. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { REDIS_URL } = process.env
  const server = REDIS_URL ? undefined : await share('Redis', () => startServer())
  provide('redisUrl', server?.url ?? REDIS_URL!)
  return async () => server?.stop()
}
