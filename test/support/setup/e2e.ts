import type { TestProject } from 'vitest/node'
import chromium from './chromium.js'
import cluster from './cluster.js'
import redis from './redis.js'

export default async function setup(project: TestProject): Promise<() => Promise<unknown>> {
  const stops = await Promise.all([redis(project), cluster(project), chromium(project)])
  return () => Promise.all(stops.map((stop) => stop()))
}
