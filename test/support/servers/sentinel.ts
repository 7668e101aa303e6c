import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findServer } from './binaries.js'
import { startGuard } from './guard.js'
import { freePort } from './ports.js'
import { type RedisServer, startReplica, startServer } from './server.js'
import { until } from '../until.js'

/** A primary, its replica, and one sentinel that makes the replica primary when the other is gone. */
export interface SentinelGroup {
  readonly name: string
  readonly port: number
  readonly primary: RedisServer
  readonly replica: RedisServer
  /** The port of the primary that the sentinel names to whoever asks. */
  announced(): Promise<number>
  /** Asks the sentinel to fail over at once. */
  failover(): Promise<void>
  stop(): Promise<void>
}

const NAME = 'sessions'

export async function startSentinelGroup(): Promise<SentinelGroup> {
  const primary = await startServer()
  const replica = await startReplica(primary)
  const dir = await mkdtemp(join(tmpdir(), 'sentinel-'))
  const guard = startGuard(dir)
  const port = await freePort()
  const file = join(dir, 'sentinel.conf')
  await writeFile(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${primary.port} 1`,
      `sentinel down-after-milliseconds ${NAME} 500`,
      `sentinel failover-timeout ${NAME} 3000`,
    ].join('\n'),
  )
  const sentinel: ChildProcess = spawn(findServer(), [file, '--sentinel'], { stdio: 'ignore' })
  guard.watch(sentinel.pid)

  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 25 })
  client.on('error', () => {}) // Until it listens.
  await until('the sentinel knows the replica', async () => {
    const replicas = (await client.call('SENTINEL', 'REPLICAS', NAME)) as string[][]
    return replicas.some((words) => words.includes(String(replica.port)) && words.includes('ok'))
  })
  return {
    name: NAME,
    port,
    primary,
    replica,
    announced: async () => {
      const address = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as string[]
      return Number(address[1])
    },
    failover: async () => {
      await client.call('SENTINEL', 'FAILOVER', NAME)
    },
    async stop() {
      client.disconnect()
      const exit = once(sentinel, 'exit')
      sentinel.kill('SIGTERM')
      await exit
      await guard.dismiss()
      await Promise.all([primary.stop(), replica.stop()])
    },
  }
}
