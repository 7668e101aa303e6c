import type { Listening, ListeningEvents, RedisPort } from './port.js'

/** What is used of node-redis 5 and 6: `createClient` and `createClientPool`. */
export interface NodeRedis {
  readonly isOpen: boolean
  sendCommand(args: string[], options?: CommandOptions): Promise<unknown>
}

/** What is used of node-redis 5 and 6: `createCluster`. */
export interface NodeRedisCluster {
  readonly isOpen: boolean
  nodeClient(node: never): unknown
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
    options?: CommandOptions,
  ): Promise<unknown>
}

interface CommandOptions {
  typeMapping?: Record<never, never>
}

/** What is used of the connection for messages. */
interface NodeRedisListener {
  connect(): Promise<unknown>
  destroy(): void
  subscribe(channels: readonly string[], listener: MessageListener): Promise<unknown>
  unsubscribe(channels: readonly string[]): Promise<unknown>
  on(event: string, listener: () => void): unknown
}

type MessageListener = (message: string, channel: string) => void

interface NodeRedisServer {
  readonly options?: { readonly socket?: object }
  duplicate(options: object): NodeRedisListener
}

/** Replies come as plain strings, whatever types the application's client maps them to. */
const PLAIN: CommandOptions = { typeMapping: {} }

export function isNodeRedis(client: object): client is NodeRedis | NodeRedisCluster {
  // A Sentinel client has the same methods, but takes other arguments. Before version 5 there was no `destroy`.
  const isSentinel = 'acquire' in client
  return 'isOpen' in client && 'sendCommand' in client && 'destroy' in client && !isSentinel
}

export function nodeRedisPort(client: NodeRedis | NodeRedisCluster): RedisPort {
  const cluster = 'nodeClient' in client
  // `sendCommand` of version 6 leaves the key prefix to its caller.
  const prefix = (client as { _keyPrefix?: { toString(): string } })._keyPrefix?.toString() ?? ''
  const prefixed = (keys: readonly string[]): readonly string[] =>
    prefix === '' ? keys : keys.map((key) => prefix + key)

  // Never "read-only": those commands may go to replicas, which lag behind.
  const command = cluster
    ? (firstKey: string | undefined, args: string[]) =>
        client.sendCommand(firstKey, false, args, PLAIN)
    : (_firstKey: string | undefined, args: string[]) => client.sendCommand(args, PLAIN)

  return {
    cluster,
    send(name, unprefixed, args) {
      const keys = prefixed(unprefixed)
      return command(keys[0], [name, ...keys, ...args])
    },
    evaluate(name, script, unprefixed, args) {
      const keys = prefixed(unprefixed)
      return command(keys[0], [name, script, String(keys.length), ...keys, ...args])
    },
    listen: (events) => listen(client, prefix, events),
  }
}

async function listen(client: object, prefix: string, events: ListeningEvents): Promise<Listening> {
  const { signal, onMessage, onLost } = events
  const server = await serverOf(client)
  signal.throwIfAborted()
  const listener = server.duplicate({
    // The subscriber connects and subscribes again by itself, then checks.
    // The client itself cannot close a socket before its TLS handshake is done; Node can.
    socket: { ...server.options?.socket, reconnectStrategy: false, signal },
    clientSideCache: undefined,
  })
  const prefixed = (channels: readonly string[]) => channels.map((channel) => prefix + channel)
  const hear: MessageListener = (_message, channel) => onMessage(channel.slice(prefix.length))
  listener.on('error', onLost)
  signal.addEventListener('abort', () => destroy(listener), { once: true })
  await listener.connect()
  return {
    subscribe: (channels) => listener.subscribe(prefixed(channels), hear),
    unsubscribe: (channels) => listener.unsubscribe(prefixed(channels)),
  }
}

/** The server, or any primary of the cluster. */
async function serverOf(client: object): Promise<NodeRedisServer> {
  if ('nodeClient' in client) {
    const cluster = client as NodeRedisCluster & { readonly masters: readonly never[] }
    const node = cluster.masters[Math.floor(Math.random() * cluster.masters.length)]
    if (node === undefined) throw new Error('the cluster has no nodes yet')
    return (await cluster.nodeClient(node)) as NodeRedisServer
  }
  if (!('execute' in client)) return client as NodeRedisServer
  // A pool lends one of its clients.
  const pool = client as { execute(task: (lent: NodeRedisServer) => unknown): Promise<unknown> }
  return (await pool.execute((lent) => lent)) as NodeRedisServer
}

function destroy(listener: NodeRedisListener): void {
  try {
    listener.destroy()
  } catch {
    // Version 5 throws if it is closed already.
  }
}
