/**
 * A server that hangs, dies, forgets its scripts or is replaced, while visitors sign in, write and
 * end sessions. What was acknowledged holds, but for what Redis itself loses when a replica takes over.
 */
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RedisClient } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { createApp } from '../../support/app.js'
import { connectProxied, type Library, type Proxied } from '../../support/proxy/proxied-clients.js'
import { type SentinelGroup, startSentinelGroup } from '../../support/servers/sentinel.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { Load, tally } from './load.js'
import { connectReconnecting, readiness } from '../../support/clients/reconnecting.js'
import { replicated } from '../../support/servers/replication.js'

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
async function start(library: Library, timeout = TIMEOUT) {
  const server = await startServer(['--appendonly', 'yes', '--appendfsync', 'always'])
  closing.push(() => server.stop())
  const target = { host: '127.0.0.1', port: server.port }
  const processes: Proxied[] = []
  for (let i = 0; i < 2; i++) {
    processes.push(await connectProxied(library, target, () => ({})))
    closing.push(processes[i]!.close)
  }
  const prefix = createId()
  const load = new Load(processes.map(({ client }) => createApp(client, { prefix, timeout })))
  closing.push(() => load.stop().catch(() => {}))
  return { server, processes, load }
}

async function expectNothingLost(library: string, load: Load, server: RedisServer) {
  await load.stop()
  const direct = new Redis(server.port)
  closing.push(() => direct.disconnect())
  const losses = await load.losses(direct)
  console.log(`${library}: ${String(load)}`)
  expect(losses).toEqual([])
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
  // No outage: what a busy machine answers late must not count as refused.
  const { server, load } = await start(library, 10_000)
  for (let i = 0; i < 20; i++) {
    await load.more('served', 20)
    await server.command('SCRIPT', 'FLUSH')
  }
  expect(load.refused).toBe(0)
  await expectNothingLost(library, load, server)
})

/** A primary behind Sentinel, and how a client finds the next one. */
interface Follower {
  readonly client: RedisClient
  /** Resolves when it is connected to the next primary; called before the failover. */
  follow(): Promise<void>
}

const HOWS = ['asked for', 'after SIGKILL', 'after SIGSTOP'] as const
type How = (typeof HOWS)[number]

async function connectSentinel(group: SentinelGroup, how: How): Promise<Follower> {
  const client = new Redis({
    sentinels: [{ host: '127.0.0.1', port: group.port }],
    name: group.name,
    // Without it a client stays with an old primary that lives until that one is told, some 10 s
    // later. With it, after a kill, ioredis may end for good: if it hears of the new primary while
    // it connects, it takes that for a call of disconnect().
    failoverDetector: how !== 'after SIGKILL',
    sentinelRetryStrategy: () => 50,
    retryStrategy: () => 50,
  })
  client.on('error', () => {})
  closing.push(() => client.disconnect())
  await once(client, 'ready')
  return { client, follow: () => readiness(client) }
}

/**
 * node-redis' own Sentinel client is refused by the library. Its plain client is led to the server that
 * Sentinel names, as by a load balancer that asks Sentinel.
 */
async function connectLed(group: SentinelGroup): Promise<Follower> {
  const now = { host: '127.0.0.1', port: group.primary.port }
  const { client, cut, ready } = await connectReconnecting('node-redis 6', now, {})
  return {
    client,
    async follow() {
      await until('Sentinel names the replica', async () => {
        return (await group.announced()) === group.replica.port
      })
      now.port = group.replica.port
      const connected = ready()
      cut()
      await connected
    },
  }
}

describe.each(HOWS)('Sentinel, a failover %s', (how) => {
  test.each(LIBRARIES)('%s', async (library) => {
    const group = await startSentinelGroup()
    closing.push(() => group.stop())
    const prefix = createId()
    const followers = await Promise.all(
      [1, 2].map(() => (library === 'ioredis 6' ? connectSentinel(group, how) : connectLed(group))),
    )
    const apps = followers.map(({ client }) => createApp(client, { prefix, timeout: TIMEOUT }))
    const load = new Load(apps)
    closing.push(() => load.stop().catch(() => {}))
    await load.more('served', 200)
    const since = performance.now()
    await replicated(group.primary)
    const switched = Promise.all(followers.map(({ follow }) => follow()))
    if (how === 'asked for') await group.failover()
    else if (how === 'after SIGKILL') await group.primary.kill()
    else group.primary.freeze()
    await switched
    await load.more('served', 100)
    // It takes itself for the primary until Sentinel tells it otherwise.
    group.primary.thaw()
    await load.more('served', 100)
    await load.stop()
    const direct = new Redis(group.replica.port)
    closing.push(() => direct.disconnect())
    const losses = await load.losses(direct)
    console.log(`${library}, Sentinel, ${how}: ${String(load)}; lost: ${tally(losses)}`)
    for (const { kind, at } of losses) {
      // One script wrote hash and sets: the replica has all of them or none.
      expect(kind).not.toBe('a living session is not found')
      // What had reached the replica before is there.
      expect(at, kind).toBeGreaterThan(since)
    }
    // And what comes after the failover is whole again.
    const after = new Load(apps)
    await after.more('served', 100)
    await after.stop()
    expect(await after.losses(direct)).toEqual([])
  })
})
