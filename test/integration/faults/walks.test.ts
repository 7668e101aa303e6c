/**
 * Large sets that are walked while another server process takes over: no session is left out, though
 * a cursor of SSCAN means nothing to the other one. Redis itself loses nothing here: all has reached
 * the replica before.
 */
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { type RedisCluster, startCluster } from '../../support/servers/cluster.js'
import { connectProxied, type Library } from '../../support/proxy/proxied-clients.js'
import { startProxy } from '../../support/proxy/proxy.js'
import { startSentinelGroup } from '../../support/servers/sentinel.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import {
  connectReconnecting,
  type Reconnecting,
  readiness,
} from '../../support/clients/reconnecting.js'
import { replicated } from '../../support/servers/replication.js'
import { Slots } from '../../support/servers/slots.js'
import {
  betweenCursors,
  change,
  fill,
  find,
  Pause,
  revokeAll,
  SIZE,
  type Walker,
  walker,
} from './paused-walks.js'

// Some thousand sessions are made first, and servers take their time to take over.
vi.setConfig({ testTimeout: 90_000 })

const LIBRARIES: Library[] = ['ioredis 6', 'node-redis 6']

/** node-redis gives a command up that was under way when the connection broke; ioredis sends it again. */
const WHERE = { 'ioredis 6': 'at the proxy', 'node-redis 6': 'between pages' } as const

/** Whoever still lives of those that were made. */
async function living(direct: Redis | Cluster, { Session }: Walker, ids: readonly string[]) {
  const alive = await Promise.all(
    ids.map((id) => direct.exists(Session.store.getSessionKey(id)).then(Boolean)),
  )
  return ids.filter((_, i) => alive[i])
}

/** Walks a set by find and count, and another one by revokeAll, and switches in the middle. */
async function walkThrough(
  make: () => Promise<Walker>,
  direct: () => Redis | Cluster,
  users: readonly [read: string, ended: string],
  switchOver: () => Promise<void>,
): Promise<void> {
  const [finder, counter, ender] = [await make(), await make(), await make()]
  const [read, ended] = users
  const ids = (await fill(finder.Session, read)).toSorted()
  const others = await fill(finder.Session, ended)
  const found = find(finder, read)
  const ending = revokeAll(ender, ended)
  // A count has no caller between its pages.
  const counts = counter.pause.where === 'at the proxy'
  const count = counts ? counter.Session.count('user_id', read) : undefined
  const walking = counts ? [finder, counter, ender] : [finder, ender]
  const reached = Promise.all(walking.map(({ pause }) => pause.reached))
  await Promise.race([reached, Promise.all([found, count, ending])])
  await switchOver()
  for (const { pause } of walking) pause.go()
  expect((await found).toSorted()).toEqual(ids)
  expect(await (count ?? counter.Session.count('user_id', read))).toBe(SIZE)
  expect(await ending).toBe(SIZE)
  expect(await living(direct(), ender, others)).toEqual([])
  expect(await counter.Session.count('user_id', ended)).toBe(0)
}

test.each(LIBRARIES)('%s: a server is killed, and starts again from its AOF', async (library) => {
  const server = await startServer(['--appendonly', 'yes', '--appendfsync', 'always'])
  onTestFinished(() => server.stop())
  const prefix = createId()
  const target = { host: '127.0.0.1', port: server.port }
  const clients: Reconnecting[] = []
  const make = async () => {
    const pause = new Pause(WHERE[library])
    const reconnecting = await connectReconnecting(library, target, pause)
    clients.push(reconnecting)
    return walker(reconnecting.client, prefix, pause)
  }
  const direct = () => {
    const client = new Redis(server.port)
    onTestFinished(() => client.disconnect())
    return client
  }
  await walkThrough(make, direct, ['A', 'B'], async () => {
    const ready = Promise.all(clients.map((client) => client.ready()))
    await server.kill()
    await server.restart()
    await ready
  })
})

test.each(LIBRARIES)('%s: Sentinel fails over', async (library) => {
  const group = await startSentinelGroup()
  onTestFinished(() => group.stop())
  const prefix = createId()
  const now = { host: '127.0.0.1', port: group.primary.port }
  const clients: Reconnecting[] = []
  const switching: (() => Promise<void>)[] = []
  const make = async () => {
    const pause = new Pause(WHERE[library])
    if (library === 'ioredis 6') {
      const proxies = await Promise.all(
        [group.primary, group.replica].map(({ port }) =>
          startProxy({ host: '127.0.0.1', port }, pause),
        ),
      )
      const at = (i: number) => ({ host: '127.0.0.1', port: proxies[i]!.port })
      const client = new Redis({
        sentinels: [{ host: '127.0.0.1', port: group.port }],
        name: group.name,
        natMap: {
          [`127.0.0.1:${group.primary.port}`]: at(0),
          [`127.0.0.1:${group.replica.port}`]: at(1),
        },
        failoverDetector: true,
        maxRetriesPerRequest: null,
        sentinelRetryStrategy: () => 50,
        retryStrategy: () => 50,
      })
      client.on('error', () => {})
      onTestFinished(async () => {
        client.disconnect()
        await Promise.all(proxies.map((proxy) => proxy.close()))
      })
      switching.push(() => readiness(client))
      return walker(client, prefix, pause)
    }
    // node-redis' own Sentinel client is refused. Its plain client is led to whom Sentinel names.
    const reconnecting = await connectReconnecting(library, now, pause)
    clients.push(reconnecting)
    return walker(reconnecting.client, prefix, pause)
  }
  const direct = () => {
    const client = new Redis(group.replica.port)
    onTestFinished(() => client.disconnect())
    return client
  }
  await walkThrough(make, direct, ['A', 'B'], async () => {
    await replicated(group.primary)
    const switched = Promise.all(switching.map((ready) => ready()))
    await group.failover()
    await until('Sentinel names the replica', async () => {
      return (await group.announced()) === group.replica.port
    })
    now.port = group.replica.port
    const led = Promise.all(clients.map((client) => client.ready()))
    for (const { cut } of clients) cut()
    await Promise.all([switched, led])
  })
})

describe('a cluster', () => {
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

  const direct = () => {
    const client = new Cluster(cluster.nodes)
    onTestFinished(() => client.disconnect())
    return client
  }

  const makeWith = (library: Library, prefix: string) => async () => {
    const pause = new Pause('at the proxy')
    const { client, close } = await connectProxied(library, cluster.nodes, () => pause)
    onTestFinished(close)
    return walker(client, prefix, pause)
  }

  const isPrimary = async (server: RedisServer) =>
    String(await server.command('INFO', 'replication')).includes('role:master')

  /** Hands over to the replica; both know of it then. */
  async function failOver(one: number, other: number): Promise<void> {
    const [from, to] = [cluster.servers[one]!, cluster.servers[other]!]
    await replicated(from)
    await to.command('CLUSTER', 'FAILOVER')
    await until('the replica is the primary', () => isPrimary(to))
    await until('the primary is a replica', async () => !(await isPrimary(from)))
  }

  /** Two users whose sets are on a primary. */
  async function usersOn(primary: number, { Session }: Walker): Promise<[string, string]> {
    const key = (n: number) => Session.getReferenceKey('user_id', `${n}`)
    const one = await slots.numberOn(primary, key)
    return [`${one}`, `${await slots.numberOn(primary, key, one + 1)}`]
  }

  /** Leaves to a set those few alone that a walk would miss, and lets revokeAll find them. */
  async function endTheRest(
    make: () => Promise<Walker>,
    user: string,
    missed: (key: string) => Promise<string[]>,
    switchOver: () => Promise<void>,
  ): Promise<void> {
    const ender = await make()
    const ids = await fill(ender.Session, user)
    const left = (await missed(ender.Session.getReferenceKey('user_id', user))).slice(0, 5)
    expect(left).toHaveLength(5)
    await change(
      ender.Session,
      ids.filter((id) => !left.includes(id)),
      'another',
    )
    const ending = revokeAll(ender, user)
    await Promise.race([ender.pause.reached, ending])
    await switchOver()
    ender.pause.go()
    expect(await ending).toBe(left.length)
    expect(await living(direct(), ender, left)).toEqual([])
    expect(await living(direct(), ender, ids)).toHaveLength(SIZE - left.length)
  }

  test.each(LIBRARIES)('%s: the slots of the sets move', async (library) => {
    const make = makeWith(library, createId())
    const users = await usersOn(2, await make())
    const { Session } = await make()
    const moving = await Promise.all(
      users.map((user) => slots.of(Session.getReferenceKey('user_id', user))),
    )
    await walkThrough(make, direct, users, async () => {
      for (const slot of moving) await slots.move(slot, 1)
    })
  })

  test.each(LIBRARIES)('%s: the slot of a set moves whose members left', async (library) => {
    const make = makeWith(library, createId())
    const { Session } = await make()
    const [user] = await usersOn(2, await make())
    const slot = await slots.of(Session.getReferenceKey('user_id', user))
    const [source, target] = [slots.nodes[2]!, slots.nodes[1]!]
    const missed = async (key: string) => {
      // As it will be over there: a member's place depends on nothing but the server and the size.
      const copy = `copy${await slots.numberOn(1, (n) => `copy${n}`)}`
      await target.restore(copy, 0, await source.dumpBuffer(key))
      const ids = await betweenCursors(key, source, target, copy)
      await target.del(copy)
      return ids
    }
    await endTheRest(make, user, missed, async () => void (await slots.move(slot, 1)))
  })

  /** The primary of the first slots, and its replica, which change places with each test. */
  async function pair(): Promise<[number, number]> {
    return (await isPrimary(cluster.servers[0]!)) ? [0, 3] : [3, 0]
  }

  test.each(LIBRARIES)('%s: their primary hands over to its replica', async (library) => {
    const make = makeWith(library, createId())
    const [one, other] = await pair()
    const users = await usersOn(one, await make())
    await walkThrough(make, direct, users, () => failOver(one, other))
  })

  test.each(LIBRARIES)(
    '%s: the primary of a set hands over whose members left',
    async (library) => {
      const make = makeWith(library, createId())
      const [one, other] = await pair()
      const [user] = await usersOn(one, await make())
      const missed = async (key: string) => {
        await replicated(cluster.servers[one]!)
        return betweenCursors(key, slots.nodes[one]!, slots.nodes[other]!)
      }
      await endTheRest(make, user, missed, () => failOver(one, other))
    },
  )
})
