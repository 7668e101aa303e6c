/**
 * A server that hangs, dies, forgets its scripts or is replaced, while visitors sign in, write and
 * end sessions. What was acknowledged holds, but for what Redis itself loses when a replica takes over.
 */
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterEach, expect, test, vi } from 'vitest'
import { createId } from '../../src/token.js'
import { createApp } from '../races/app.js'
import { connectProxied, type Library, type Proxied } from '../servers/proxied.js'
import { startSentinelGroup } from '../servers/sentinel.js'
import { type RedisServer, startServer } from '../servers/single.js'
import { Load, NOTHING } from './load.js'

// Servers take their time to find out that one of them is gone.
vi.setConfig({ testTimeout: 60_000 })

const LIBRARIES: Library[] = ['ioredis 6', 'node-redis 6']
/** Short: each call of an outage waits for so long. */
const TIMEOUT = 400

const closing: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** Two processes in front of a server of their own, which writes to disk before it answers. */
async function start(library: Library) {
  const server = await startServer(['--appendonly', 'yes', '--appendfsync', 'always'])
  closing.push(() => server.stop())
  const target = { host: '127.0.0.1', port: server.port }
  const processes: Proxied[] = []
  for (let i = 0; i < 2; i++) {
    processes.push(await connectProxied(library, target, () => ({})))
    closing.push(processes[i]!.close)
  }
  const prefix = createId()
  const load = new Load(
    processes.map(({ client }) => createApp(client, { prefix, timeout: TIMEOUT })),
  )
  closing.push(() => load.stop().catch(() => {}))
  return { server, processes, load }
}

async function expectNothingLost(library: string, load: Load, server: RedisServer) {
  await load.stop()
  const direct = new Redis(server.port)
  closing.push(() => direct.disconnect())
  const losses = await load.losses(direct)
  console.log(`${library}: ${String(load)}`)
  expect(losses).toEqual(NOTHING)
}

test.each(LIBRARIES)('%s: SIGSTOP under load', async (library) => {
  const { server, load } = await start(library)
  for (let i = 0; i < 2; i++) {
    await load.more('served', 100)
    server.freeze()
    await load.more('refused', 8)
    server.thaw()
  }
  await load.more('served', 100)
  await expectNothingLost(library, load, server)
})

test.each(LIBRARIES)('%s: SIGKILL under load, and a new start', async (library) => {
  const { server, load } = await start(library)
  for (let i = 0; i < 2; i++) {
    await load.more('served', 100)
    await server.kill()
    await load.more('refused', 8)
    await server.restart()
  }
  await load.more('served', 100)
  await expectNothingLost(library, load, server)
})

test.each(LIBRARIES)(
  '%s: all connections break again and again, and commands are sent again',
  async (library) => {
    const { server, processes, load } = await start(library)
    for (let i = 0; i < 40; i++) {
      await load.more('served', 10)
      for (const { proxies } of processes) proxies[0]!.cut()
    }
    await load.more('served', 100)
    await expectNothingLost(library, load, server)
  },
)

test.each(LIBRARIES)('%s: SCRIPT FLUSH under load', async (library) => {
  const { server, load } = await start(library)
  for (let i = 0; i < 20; i++) {
    await load.more('served', 20)
    await server.command('SCRIPT', 'FLUSH')
  }
  expect(load.refused).toBe(0)
  await expectNothingLost(library, load, server)
})

test.each(['asked for', 'after SIGKILL'])('ioredis 6, Sentinel: a failover %s', async (how) => {
  const group = await startSentinelGroup()
  closing.push(() => group.stop())
  const prefix = createId()
  const clients: Redis[] = []
  const apps = await Promise.all(
    [1, 2].map(async () => {
      const client = new Redis({
        sentinels: [{ host: '127.0.0.1', port: group.port }],
        name: group.name,
        // Without it a client stays with an old primary that lives until that one is told, some 10 s
        // later. With it, after a kill, ioredis may end for good: if it hears of the new primary while
        // it connects, it takes that for a call of disconnect().
        failoverDetector: how === 'asked for',
        sentinelRetryStrategy: () => 50,
        retryStrategy: () => 50,
      })
      client.on('error', () => {})
      closing.push(() => client.disconnect())
      clients.push(client)
      await once(client, 'ready')
      return createApp(client, { prefix, timeout: TIMEOUT })
    }),
  )
  const load = new Load(apps)
  closing.push(() => load.stop().catch(() => {}))
  await load.more('served', 200)
  // Not `once` of node:events, which would reject for the errors on the way.
  const ready = (client: Redis) => new Promise((resolve) => void client.once('ready', resolve))
  const switched = Promise.all(clients.map(ready))
  if (how === 'asked for') await group.failover()
  else await group.primary.kill()
  await switched
  await load.more('served', 200)
  await load.stop()
  const direct = new Redis(group.replica.port)
  closing.push(() => direct.disconnect())
  const losses = await load.losses(direct)
  console.log(`Sentinel, ${how}: ${String(load)}; lost: ${JSON.stringify(losses)}`)
  // One script wrote hash and set: the replica has both of them or neither.
  expect(losses.notFound).toBe(0)
  // And what comes after the failover is whole again.
  const after = new Load(apps)
  await after.more('served', 100)
  await after.stop()
  expect(await after.losses(direct)).toEqual(NOTHING)
})
