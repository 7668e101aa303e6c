/**
 * A cluster whose nodes change places, and whose slots move, while visitors sign in, write and end
 * sessions. What was acknowledged holds, but for what Redis itself loses when a primary dies.
 */
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { createApp } from '../../support/app.js'
import { type RedisCluster, startCluster } from '../../support/servers/cluster.js'
import { connectCluster, type Library } from '../../support/proxy/proxied-clients.js'
import type { RedisServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { Load, type Loss, tally } from './load.js'
import { replicated } from '../../support/servers/replication.js'
import { Slots } from '../../support/servers/slots.js'

// Servers take their time to find out that one of them is gone.
vi.setConfig({ testTimeout: 60_000 })

const LIBRARIES: Library[] = ['ioredis 6', 'node-redis 6']

describe.each(LIBRARIES)('%s', (library) => {
  let cluster: RedisCluster
  let slots: Slots
  beforeAll(async () => {
    cluster = await startCluster()
    slots = new Slots(cluster)
  })
  afterAll(async () => {
    slots.close()
    await cluster.stop()
  })

  /** Two processes, and visitors of both. */
  async function start(timeout = 3000): Promise<Load> {
    const processes = await Promise.all([1, 2].map(() => connectCluster(library, cluster.nodes)))
    const prefix = createId()
    const load = new Load(processes.map(({ client }) => createApp(client, { prefix, timeout })))
    onTestFinished(async () => {
      await load.stop().catch(() => {})
      await Promise.all(processes.map((each) => each.close()))
    })
    await load.more('served', 100)
    return load
  }

  async function stop(load: Load, what: string): Promise<Loss[]> {
    await load.more('served', 200)
    await load.stop()
    const direct = new Cluster(cluster.nodes)
    direct.on('error', () => {}) // One of the nodes may be gone.
    onTestFinished(() => direct.disconnect())
    const losses = await load.losses(direct)
    console.log(`${library}, ${what}: ${String(load)}; lost: ${tally(losses)}`)
    return losses
  }

  const isPrimary = async (server: RedisServer) =>
    String(await server.command('INFO', 'replication')).includes('role:master')

  test('slots move under load', async () => {
    const load = await start()
    // The whole slot of a set that all sessions are in, to each primary in turn; and in between the
    // slots of sessions that live now.
    const slot = await slots.of(load.set)
    let keys = 0
    for (let turn = 0; turn < 4; turn++) {
      const before = load.served
      keys += await slots.move(slot, ((await slots.owner(slot)) + 1) % 3)
      for (const session of load.living(3)) {
        const its = await slots.of(session)
        keys += await slots.move(its, ((await slots.owner(its)) + 1) % 3)
      }
      await load.more('served', 50)
      expect(load.served).toBeGreaterThan(before)
    }
    console.log(`${library}: ${keys} keys moved`)
    expect(keys).toBeGreaterThan(6)
    expect(await stop(load, 'slots move')).toEqual([])
  })

  test('a sign-in and a revokeAll wait while the slot of their set moves', async () => {
    const { close, client } = await connectCluster(library, cluster.nodes)
    onTestFinished(close)
    const { Session } = createApp(client, { prefix: createId(), timeout: 10_000 })
    const { store } = Session
    const [old, id] = [createId(), createId()]
    await store.set(old, { user_id: 'A' })
    const key = store.getReferenceKey('user_id', 'A')
    const slot = await slots.of(key)
    const from = await slots.owner(slot)
    const [source, target] = [slots.nodes[from]!, slots.nodes[(from + 1) % 3]!]
    const [idFrom, idTo] = [await source.cluster('MYID'), await target.cluster('MYID')]
    await target.cluster('SETSLOT', slot, 'IMPORTING', idFrom)
    await source.cluster('SETSLOT', slot, 'MIGRATING', idTo)
    await Promise.all([source, target].map((node) => node.config('RESETSTAT')))
    const waiting = [store.set(id, { user_id: 'A' }), Session.revokeAll('user_id', 'A')]
    // By the source, or as before Redis 7 by the target, to which the source then sends them.
    await until('they were told to try again', async () => {
      const stats = await Promise.all([source, target].map((node) => node.info('errorstats')))
      const counts = stats.map((text) =>
        Number(/errorstat_TRYAGAIN:count=(\d+)/.exec(text)?.[1] ?? 0),
      )
      return counts[0]! + counts[1]! >= 2
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

  test('SCRIPT FLUSH under load', async () => {
    const load = await start()
    for (let i = 0; i < 20; i++) {
      await load.more('served', 20)
      await Promise.all(cluster.servers.slice(0, 3).map((it) => it.command('SCRIPT', 'FLUSH')))
    }
    expect(load.refused).toBe(0)
    expect(await stop(load, 'SCRIPT FLUSH')).toEqual([])
  })

  test('CLUSTER FAILOVER under load', async () => {
    const replica = cluster.servers[3]!
    const load = await start()
    await replica.command('CLUSTER', 'FAILOVER')
    await until('the replica is the primary', () => isPrimary(replica))
    // The old primary stops before it hands over: nothing that was answered is lost.
    expect(await stop(load, 'CLUSTER FAILOVER')).toEqual([])
  })

  /**
   * What Redis may lose: what a primary answered and its replica, which took over, had not heard yet. All
   * else must be there.
   */
  async function expectLostByRedis(losses: Loss[], replica: number, since: number): Promise<void> {
    for (const loss of losses) {
      expect(loss.at, loss.kind).toBeGreaterThan(since)
      expect(await slots.owner(await slots.of(loss.key)), loss.kind).toBe(replica)
    }
  }

  test('SIGSTOP of a primary under load', async () => {
    const [primary, replica] = [cluster.servers[2]!, cluster.servers[5]!]
    const load = await start(500)
    const since = performance.now()
    await replicated(primary)
    primary.freeze()
    await until('the replica is the primary', () => isPrimary(replica))
    // node-redis sends to it as long as the connection is open. It takes itself for a primary until it hears of the other one.
    primary.thaw()
    await until('the primary is a replica', async () => !(await isPrimary(primary)))
    await expectLostByRedis(await stop(load, 'SIGSTOP of a primary'), 5, since)
    expect(await stop(await start(), 'after it')).toEqual([])
  })

  test('SIGKILL of a primary under load', async () => {
    const [primary, replica] = [cluster.servers[1]!, cluster.servers[4]!]
    const load = await start()
    const since = performance.now()
    await replicated(primary)
    await primary.kill()
    await until('the replica is the primary', () => isPrimary(replica))
    await expectLostByRedis(await stop(load, 'SIGKILL of a primary'), 4, since)
    expect(await stop(await start(), 'after it')).toEqual([])
  })
})
