/** Clients that reach their servers through proxies only. */
import { once } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { RedisClient } from '../../../src/index.js'
import { type Proxy, startProxy, type Traffic } from './proxy.js'

export type Library = 'ioredis 6' | 'node-redis 6'
export type Target = { host: string; port: number }

export interface Proxied extends Pick<Proxies, 'proxies' | 'close'> {
  readonly client: RedisClient
}

/** Where clients find their servers: through proxies, at these addresses of the servers' own. */
export interface Route {
  readonly cluster: boolean
  readonly ports: readonly number[]
  readonly addresses: Record<string, Target>
}

export interface Proxies {
  readonly route: Route
  /** One for each server, in their order. */
  readonly proxies: readonly Proxy[]
  close(): Promise<void>
}

/** In front of one server, or of the nodes of a cluster; `traffic` says who decides over each. */
export async function startProxies(
  targets: Target | readonly Target[],
  traffic: (server: number) => Traffic,
): Promise<Proxies> {
  const servers = ([] as Target[]).concat(targets)
  const proxies = await Promise.all(servers.map((target, i) => startProxy(target, traffic(i))))
  const ports = proxies.map(({ port }) => port)
  const addresses = Object.fromEntries(
    servers.map(({ host, port }, i) => [`${host}:${port}`, { host: '127.0.0.1', port: ports[i]! }]),
  )
  return {
    route: { cluster: Array.isArray(targets), ports, addresses },
    proxies,
    async close() {
      await Promise.all(proxies.map((proxy) => proxy.close()))
    },
  }
}

export function connectBy(
  { cluster, ports, addresses }: Route,
  library: Library,
): Promise<{ client: RedisClient; close(): void }> {
  const connect = cluster ? CLUSTER[library] : SINGLE[library]
  return connect(ports, addresses)
}

/** Starts the proxies, and connects through them. */
export async function connectProxied(
  library: Library,
  targets: Target | readonly Target[],
  traffic: (server: number) => Traffic,
): Promise<Proxied> {
  const { route, proxies, close: closeProxies } = await startProxies(targets, traffic)
  const { client, close } = await connectBy(route, library)
  return {
    client,
    proxies,
    async close() {
      close()
      await closeProxies()
    },
  }
}

/** Connects to a cluster without proxies: those would still accept connections to a dead node. */
export async function connectCluster(
  library: Library,
  nodes: readonly Target[],
): Promise<Pick<Proxied, 'client' | 'close'>> {
  const ports = nodes.map(({ port }) => port)
  const { client, close } = await CLUSTER[library](ports, {})
  return { client, close: async () => close() }
}

type Connect = (
  ports: readonly number[],
  addresses: Record<string, Target>,
) => Promise<{ client: RedisClient; close(): void }>

/** After how many ms to connect again. */
const SOON = 5
const RECONNECTING = { reconnectStrategy: () => SOON }

// That connections break is what some of the tests are about.
const ignore = (): void => {}

const SINGLE: Record<Library, Connect> = {
  'ioredis 6': async ([port]) => {
    const client = new Redis(port!, '127.0.0.1', { retryStrategy: () => SOON })
    client.on('error', ignore)
    await once(client, 'ready')
    return { client, close: () => client.disconnect() }
  },
  'node-redis 6': async ([port]) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: RECONNECTING })
    client.on('error', ignore)
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

const CLUSTER: Record<Library, Connect> = {
  'ioredis 6': async (ports, natMap) => {
    const client = new Cluster(
      ports.map((port) => ({ host: '127.0.0.1', port })),
      {
        natMap,
        retryDelayOnFailover: SOON,
        clusterRetryStrategy: () => SOON,
        // Told that a slot has moved, it forgets the map, and asks any node until it meets the right one.
        ...(Object.keys(natMap).length > 0 && { maxRedirections: 1000 }),
      },
    )
    client.on('error', ignore)
    await once(client, 'ready')
    // So that no connection is opened later.
    await Promise.all(client.nodes('master').map((node) => node.ping()))
    return { client, close: () => client.disconnect() }
  },
  'node-redis 6': async (ports, nodeAddressMap) => {
    const client = createCluster({
      rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
      nodeAddressMap,
      defaults: { socket: RECONNECTING },
    })
    client.on('error', ignore)
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}
