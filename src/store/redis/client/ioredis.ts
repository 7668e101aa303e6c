import type { Writable } from 'node:stream'
import type { CommandName, Listening, ListeningEvents, RedisPort } from './port.js'
import { onNextTurn } from '../../../real-time.js'

/** What is used of ioredis 5 and 6: `Redis` (single server and Sentinel) and `Redis.Cluster`. */
export interface Ioredis {
  readonly isCluster: boolean
  /** The socket; it changes with each connection, and there is none before, nor on a cluster. */
  readonly stream?: Stream | null
  call(command: string, ...args: string[]): Promise<unknown>
}

type Stream = Pick<Writable, 'cork' | 'uncork'>

interface IoredisServer {
  readonly stream?: Stream | null
  duplicate(options: object): IoredisListener
}

interface IoredisCluster {
  nodes(role: 'master'): IoredisServer[]
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

interface IoredisCommand {
  keys?: readonly string[]
  getKeys?(): readonly unknown[]
}

export function isIoredis(client: object): client is Ioredis {
  // What has `callBuffer` but not `createScanStream` is older.
  const isOlder = 'callBuffer' in client && !('createScanStream' in client)
  return 'isCluster' in client && 'call' in client && typeof client.call === 'function' && !isOlder
}

export function ioredisPort(client: Ioredis): RedisPort {
  const batch = batching(client)
  const command = sender(client)
  return {
    cluster: client.isCluster,
    send: (name, keys, args) => {
      batch()
      return command(name, [], keys, args)
    },
    evaluate: (name, script, keys, args) => {
      batch()
      return command(name, [script, String(keys.length)], keys, args)
    },
    listen: (events) => listen(client, events),
  }
}

/** Constants: a name that is built for each command costs more than all else here. */
const UPPER_CASE: Readonly<Record<CommandName, string>> = {
  eval: 'EVAL',
  evalsha: 'EVALSHA',
  exists: 'EXISTS',
  get: 'GET',
  hget: 'HGET',
  hgetall: 'HGETALL',
  hmget: 'HMGET',
  srem: 'SREM',
  zrem: 'ZREM',
}

type Words = readonly string[]
type Send = (name: CommandName, before: Words, keys: Words, after: Words) => Promise<unknown>

/**
 * Sends commands out of reach of the transformers that an application sets for arguments and replies. ioredis
 * looks them up by the name as it is spelled: `client.hgetall()` spells it in lower case.
 */
function sender(client: Ioredis): Send {
  const create = commandsOf(client)
  const found = 'sendCommand' in client ? create('GET', 'key').getKeys?.() : undefined
  // Of a client that is only like ioredis no more is known.
  if (found === undefined) {
    return (name, before, keys, after) => client.call(name, ...before, ...keys, ...after)
  }
  if (found.length > 0) {
    return (name, before, keys, after) =>
      client.call(UPPER_CASE[name], ...before, ...keys, ...after)
  }
  // Before 5.9 ioredis finds no keys in a command in upper case, neither for its prefix nor for the cluster.
  const server = client as unknown as { sendCommand(command: IoredisCommand): Promise<unknown> }
  const prefix = prefixOf(client)
  return (name, before, unprefixed, after) => {
    const keys = unprefixed.map((key) => prefix + key)
    const command = create(UPPER_CASE[name], ...before, ...keys, ...after)
    command.keys = keys
    return server.sendCommand(command)
  }
}

/** Makes commands as the client does, without options: no prefix, no pipeline. */
function commandsOf(client: Ioredis): (name: string, ...args: string[]) => IoredisCommand {
  const maker = Object.create(client, {
    options: { value: {} },
    sendCommand: { value: (command: IoredisCommand) => command },
  }) as { call(name: string, ...args: string[]): IoredisCommand }
  return (name, ...args) => maker.call(name, ...args)
}

/** The most commands to hold back for each node: Redis works on these while the application goes on. */
const TOGETHER = 16

/**
 * Holds commands back until the event loop has turned, so that all of one turn leave in one write, as with
 * node-redis. ioredis writes each by itself, which costs more than anything else that it does for a command, and
 * wakes Redis up each time. On a cluster each node has its own socket.
 */
function batching(client: Ioredis): () => void {
  let held: Stream[] | undefined
  let count = 0
  const release = (): void => {
    for (const stream of held ?? []) stream.uncork()
    held = undefined
  }
  return () => {
    if (held !== undefined && ++count > TOGETHER * held.length) release()
    if (held !== undefined) return
    held = streamsOf(client)
    for (const stream of held) stream.cork()
    count = 1
    onNextTurn(release)
  }
}

/** The sockets of the server, or of all primaries of the cluster. */
function streamsOf(client: Ioredis): Stream[] {
  const servers: Pick<Ioredis, 'stream'>[] = client.isCluster ? primariesOf(client) : [client]
  const streams: Stream[] = []
  for (const { stream } of servers) if (stream) streams.push(stream)
  return streams
}

function primariesOf(client: object): IoredisServer[] {
  return (client as IoredisCluster).nodes('master')
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
  const prefix = prefixOf(client)
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
  const nodes = primariesOf(client)
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  if (node === undefined) throw new Error('the cluster has no nodes yet')
  return node
}

function optionsOf(client: Ioredis): IoredisOptions {
  return (client as { options?: IoredisOptions }).options ?? {}
}

function prefixOf(client: Ioredis): string {
  return optionsOf(client).keyPrefix?.toString() ?? ''
}

/** Whether the client may read from replicas, which lag behind. */
export function ioredisReadsReplicas(client: Ioredis): boolean {
  const { scaleReads = 'master', role } = optionsOf(client)
  return (client.isCluster && scaleReads !== 'master') || role === 'slave'
}
