/**
 * A cluster whose nodes change places, and whose slots move, while visitors sign in, write and end
 * sessions. What was acknowledged holds, but for what Redis itself loses when a primary dies.
 */
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createId } from '../../src/token.js'
import { createApp } from '../races/app.js'
import { type RedisCluster, startCluster } from '../servers/cluster.js'
import { connectCluster, type Library } from '../servers/proxied.js'
import type { RedisServer } from '../servers/single.js'
import { until } from '../servers/until.js'
import { Load, type Losses, NOTHING } from './load.js'

/** Slots move until so many keys have moved with them. */
const KEYS = 5
/** The first primary's slots begin at 0; so many are surely its own. */
const SLOTS = 5000

// Servers take their time to find out that one of them is gone.
vi.setConfig({ testTimeout: 60_000 })

const LIBRARIES: Library[] = ['ioredis 6', 'node-redis 6']

describe.each(LIBRARIES)('%s', (library) => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster.stop())

  /** Two processes, and visitors of both. */
  async function start(): Promise<Load> {
    const processes = await Promise.all([1, 2].map(() => connectCluster(library, cluster.nodes)))
    const prefix = createId()
    const load = new Load(
      processes.map(({ client }) => createApp(client, { prefix, timeout: 3000 })),
    )
    onTestFinished(async () => {
      await load.stop().catch(() => {})
      await Promise.all(processes.map((each) => each.close()))
    })
    await load.more('served', 100)
    return load
  }

  async function stop(load: Load, what: string): Promise<Losses> {
    await load.more('served', 200)
    await load.stop()
    const direct = new Cluster(cluster.nodes)
    direct.on('error', () => {}) // One of the nodes may be gone.
    onTestFinished(() => direct.disconnect())
    const losses = await load.losses(direct)
    console.log(`${library}, ${what}: ${String(load)}; lost: ${JSON.stringify(losses)}`)
    return losses
  }

  const isPrimary = async (server: RedisServer) =>
    String(await server.command('INFO', 'replication')).includes('role:master')

  test('slots move under load', async () => {
    const [from, to] = [0, 1].map((i) => new Redis(cluster.servers[i]!.port)) as [Redis, Redis]
    onTestFinished(() => [from, to].forEach((client) => client.disconnect()))
    const load = await start()
    const [idFrom, idTo] = [await from.cluster('MYID'), await to.cluster('MYID')]
    let moved = 0
    for (let slot = 0; slot < SLOTS && moved < KEYS; slot++) {
      await to.cluster('SETSLOT', slot, 'IMPORTING', idFrom)
      await from.cluster('SETSLOT', slot, 'MIGRATING', idTo)
      for (;;) {
        const keys = await from.cluster('GETKEYSINSLOT', slot, 1)
        if (keys.length === 0) break
        moved++
        await from.migrate('127.0.0.1', to.options.port!, '', 0, 2000, 'KEYS', ...keys)
      }
      await to.cluster('SETSLOT', slot, 'NODE', idTo)
      await from.cluster('SETSLOT', slot, 'NODE', idTo)
    }
    console.log(`${moved} keys moved`)
    expect(moved).toBeGreaterThanOrEqual(KEYS)
    expect(await stop(load, 'slots move')).toEqual(NOTHING)
  })

  test('a sign-in, and an end of all, wait while the slot of their set moves', async () => {
    const { close, client } = await connectCluster(library, cluster.nodes)
    onTestFinished(close)
    const { Session } = createApp(client, { prefix: createId(), timeout: 10_000 })
    const { store } = Session
    const [old, id] = [createId(), createId()]
    await store.set(old, { user_id: 'A' })
    const key = store.getReferenceKey('user_id', 'A')
    const primaries = cluster.servers.slice(0, 3).map(({ port }) => new Redis(port))
    onTestFinished(() => primaries.forEach((node) => node.disconnect()))
    const slot = await primaries[0]!.cluster('KEYSLOT', key)
    const owners = await Promise.all(primaries.map((node) => node.cluster('COUNTKEYSINSLOT', slot)))
    const from = owners.findIndex((keys) => keys > 0)
    const [source, target] = [primaries[from]!, primaries[(from + 1) % 3]!]
    const [idFrom, idTo] = [await source.cluster('MYID'), await target.cluster('MYID')]
    await target.cluster('SETSLOT', slot, 'IMPORTING', idFrom)
    await source.cluster('SETSLOT', slot, 'MIGRATING', idTo)
    await source.config('RESETSTAT')
    const waiting = [store.set(id, { user_id: 'A' }), Session.revokeAll('user_id', 'A')]
    await until('they were told to try again', async () => {
      return /errorstat_TRYAGAIN:count=([2-9]|\d\d)/.test(await source.info('errorstats'))
    })
    await source.migrate('127.0.0.1', target.options.port!, '', 0, 2000, 'KEYS', key)
    await target.cluster('SETSLOT', slot, 'NODE', idTo)
    await source.cluster('SETSLOT', slot, 'NODE', idTo)
    await Promise.all(waiting)
    expect(await store.get(old)).toEqual({})
    // It came before the end of all, or after it.
    const { user_id } = await store.get(id)
    expect(await Session.count('user_id', 'A')).toBe(user_id === undefined ? 0 : 1)
  })

  test('CLUSTER FAILOVER under load', async () => {
    const replica = cluster.servers[3]!
    const load = await start()
    await replica.command('CLUSTER', 'FAILOVER')
    await until('the replica is the primary', () => isPrimary(replica))
    // The old primary stops before it hands over: nothing that was answered is lost.
    expect(await stop(load, 'CLUSTER FAILOVER')).toEqual(NOTHING)
  })

  test('SIGKILL of a primary under load', async () => {
    const [primary, replica] = [cluster.servers[1]!, cluster.servers[4]!]
    const load = await start()
    await primary.kill()
    await until('the replica is the primary', () => isPrimary(replica))
    await stop(load, 'SIGKILL of a primary')
    const after = await start()
    expect(await stop(after, 'after it')).toEqual(NOTHING)
  })
})
