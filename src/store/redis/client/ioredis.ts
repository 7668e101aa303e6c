import type { Writable } from 'node:stream'
import { realSetImmediate } from './immediate.js'
import type { Listening, ListeningEvents, RedisPort } from './port.js'

/** What is used of ioredis 5 and 6: `Redis` (single server and Sentinel) and `Redis.Cluster`. */
export interface Ioredis {
  readonly isCluster: boolean
  /** The socket; it changes with each connection. */
  readonly stream?: Pick<Writable, 'cork' | 'uncork'> | null
  call(command: string, ...args: string[]): Promise<unknown>
}

interface IoredisOptions {
  /** Cluster: where reads go. */
  scaleReads?: unknown
  /** Sentinel: which server to look for. */
  role?: unknown
  keyPrefix?: string | Buffer
}

/** What is used of the connection for messages. */
interface IoredisListener {
  connect(): Promise<unknown>
  disconnect(): void
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  on(event: string, listener: (channel: string) => void): unknown
}

interface IoredisServer {
  duplicate(options: object): IoredisListener
}

export function isIoredis(client: object): client is Ioredis {
  return 'isCluster' in client && 'call' in client && typeof client.call === 'function'
}

/** ioredis adds its `keyPrefix` by itself: it knows the keys of each command. */
export function ioredisPort(client: Ioredis): RedisPort {
  const batch = batching(client)
  return {
    cluster: client.isCluster,
    send: (name, keys, args) => {
      batch()
      return client.call(name, ...keys, ...args)
    },
    evaluate: (name, script, keys, args) => {
      batch()
      return client.call(name, script, String(keys.length), ...keys, ...args)
    },
    listen: (events) => listen(client, events),
  }
}

/**
 * Holds commands back until the event loop has turned, so that all of one turn leave in one write, as with
 * node-redis. ioredis writes each by itself, which costs more than anything else that it does for a command, and
 * wakes Redis up each time. On a cluster, where each node has its own socket, commands are not held back.
 */
function batching(client: Ioredis): () => void {
  let held: Ioredis['stream']
  const release = (): void => {
    held?.uncork()
    held = undefined
  }
  return () => {
    // There is no stream before the client connects, nor on a cluster.
    if (held !== undefined || !client.stream) return
    held = client.stream
    held.cork()
    realSetImmediate(release)
  }
}

const LISTENER = {
  lazyConnect: true,
  // The subscriber connects and subscribes again by itself, then checks.
  retryStrategy: null,
  reconnectOnError: null,
  autoResubscribe: false,
  enableAutoPipelining: false,
  // Versions differ in whether channels take it.
  keyPrefix: '',
}

async function listen(client: Ioredis, events: ListeningEvents): Promise<Listening> {
  const { signal, onMessage, onLost } = events
  const prefix = optionsOf(client).keyPrefix?.toString() ?? ''
  const listener = serverOf(client).duplicate(LISTENER)
  const prefixed = (channels: readonly string[]) => channels.map((channel) => prefix + channel)
  listener.on('error', () => {}) // 'end' follows.
  listener.on('end', onLost)
  listener.on('message', (channel) => onMessage(channel.slice(prefix.length)))
  signal.addEventListener('abort', () => listener.disconnect(), { once: true })
  await listener.connect()
  return {
    subscribe: (channels) => listener.subscribe(...prefixed(channels)),
    unsubscribe: (channels) => listener.unsubscribe(...prefixed(channels)),
  }
}

/** The server, or any primary of the cluster. */
function serverOf(client: object): IoredisServer {
  if (!(client as Ioredis).isCluster) return client as IoredisServer
  const nodes = (client as { nodes(role: 'master'): IoredisServer[] }).nodes('master')
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  if (node === undefined) throw new Error('the cluster has no nodes yet')
  return node
}

function optionsOf(client: Ioredis): IoredisOptions {
  return (client as { options?: IoredisOptions }).options ?? {}
}

/** Whether the client may read from replicas, which lag behind. */
export function ioredisReadsReplicas(client: Ioredis): boolean {
  const { scaleReads = 'master', role } = optionsOf(client)
  return (client.isCluster && scaleReads !== 'master') || role === 'slave'
}
