/** Clients that wait for their server however long it is away, and send again what they can. */
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { createClient } from 'redis'
import type { RedisClient } from '../../../src/index.js'
import type { Library, Target } from '../proxy/proxied-clients.js'
import { startProxy, type Traffic } from '../proxy/proxy.js'

export interface Reconnecting {
  readonly client: RedisClient
  /** Resolves when it has connected anew. */
  ready(): Promise<void>
  /** Breaks its connections. */
  cut(): void
}

/** Connects to one server through a proxy; who changes `target` leads the next connections elsewhere. */
export async function connectReconnecting(
  library: Library,
  target: Target,
  traffic: Traffic,
): Promise<Reconnecting> {
  const { port, cut, close } = await startProxy(target, traffic)
  onTestFinished(close)
  if (library === 'ioredis 6') {
    const client = new Redis(port, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return { client, cut, ready: () => readiness(client) }
  }
  const socket = { reconnectStrategy: () => 20 }
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  return { client, cut, ready: () => readiness(client) }
}

/** Not by `once` of node:events, which would reject for the errors on the way. */
export function readiness(client: {
  once(event: 'ready', listener: () => void): unknown
}): Promise<void> {
  return new Promise((resolve) => void client.once('ready', resolve))
}
