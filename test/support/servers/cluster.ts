import { type RedisServer, startServer, untilFollowing } from './server.js'
import { until } from '../until.js'

const PRIMARIES = 3
const SIZE = 6
const SLOTS = 16_384
const ARGS = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']

export interface RedisCluster {
  readonly nodes: { host: string; port: number }[]
  /** In the order of `nodes`: three primaries, then the replica of each. */
  readonly servers: RedisServer[]
  stop(): Promise<void>
}

/** Starts three primaries with a replica each; resolves when all six agree that all is well. */
export async function startCluster(): Promise<RedisCluster> {
  const started = await Promise.allSettled(Array.from({ length: SIZE }, () => startServer(ARGS)))
  const servers = started.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()))
  }
  try {
    const failed = started.find((it) => it.status === 'rejected')
    if (failed) throw failed.reason
    await form(servers)
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })), servers, stop }
}

// By commands: `redis-cli --cluster create` returns before the cluster is ready, and would have to
// be installed. Most of the 2 s that this takes is a primary's own wait after its start.
async function form(servers: RedisServer[]): Promise<void> {
  const primaries = servers.slice(0, PRIMARIES)
  const replicas = servers.slice(PRIMARIES)
  await Promise.all(
    primaries.map(async (server, index) => {
      const first = Math.ceil((index * SLOTS) / PRIMARIES)
      const end = Math.ceil(((index + 1) * SLOTS) / PRIMARIES)
      const slots = Array.from({ length: end - first }, (_, offset) => first + offset)
      // Different epochs from the start, or the primaries must first settle who is the elder.
      await server.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
      await server.command('CLUSTER', 'ADDSLOTS', ...slots) // ADDSLOTSRANGE is only in 7.0.
    }),
  )
  for (const [index, server] of servers.entries()) {
    // Each meets all that come after it, rather than hear of them by and by.
    const others = servers.slice(index + 1)
    const meet = ({ port }: RedisServer) => server.command('CLUSTER', 'MEET', '127.0.0.1', port)
    await Promise.all(others.map(meet))
  }
  await until('every node knows all others', () => all(servers, knowsAll))
  await Promise.all(
    replicas.map(async (replica, index) => {
      const primary = primaries[index]!
      const id = await primary.command('CLUSTER', 'MYID')
      await replica.command('CLUSTER', 'REPLICATE', String(id))
      await untilFollowing(replica, primary)
      // CLUSTER SLOTS keeps quiet about a replica that has never received a write: so send one.
      await primary.command('FLUSHALL')
    }),
  )
  await until('every node says that the cluster is well', () => all(servers, isWell))
}

async function all(servers: RedisServer[], test: (server: RedisServer) => Promise<boolean>) {
  return (await Promise.all(servers.map(test))).every(Boolean)
}

async function knowsAll(server: RedisServer): Promise<boolean> {
  const nodes = String(await server.command('CLUSTER', 'NODES'))
    .trim()
    .split('\n')
  return nodes.length === SIZE && !nodes.some((node) => /handshake|noaddr|fail/.test(node))
}

async function isWell(server: RedisServer): Promise<boolean> {
  const info = String(await server.command('CLUSTER', 'INFO'))
  // What clients go by: for each range its first and last slot, its primary, its replica.
  const ranges = (await server.command('CLUSTER', 'SLOTS')) as unknown[][]
  return (
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_slots_ok:${SLOTS}`) &&
    ranges.every((range) => range.length === 4) &&
    (await knowsAll(server))
  )
}
