/**
 * What managed services forbid, on real servers: commands that are renamed away, or that the user may not send.
 * Which service forbids what is in docs/guide/managed-services.md, and is read from there.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RedisClient } from '../../../src/index.js'
import { WATCHED_UNTIL } from '../../../src/store/hash-fields.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { SCAN_SET } from '../../../src/store/redis/scripts/scan-set.js'
import { describeContract } from '../../contract/contract.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { foundIds, freshPrefix, login, loginMany, POLICY } from '../../support/store.js'

const page = readFileSync(
  new URL('../../../docs/guide/managed-services.md', import.meta.url),
  'utf8',
)
/** All that any service forbids and the library does without. */
const FORBIDDEN = [...page.match(/^Forbidden somewhere.*(?:\n.+)*/m)![0].matchAll(/`([A-Z]+)`/g)]
  .map(([, name = '']) => name)
  .toSorted()

const without = (...names: string[]) =>
  startServer(names.flatMap((name) => ['--rename-command', name, '']))

/** A server for the tests of a `describe`. */
function server(start: () => Promise<RedisServer>): () => RedisServer {
  let started: RedisServer
  beforeAll(async () => {
    started = await start()
    return () => started.stop()
  })
  return () => started
}

/** The ready check asks INFO. */
function connect(url: string, enableReadyCheck = true): Redis {
  const client = new Redis(url, { enableReadyCheck })
  onTestFinished(() => client.disconnect())
  return client
}

const open = (client: RedisClient, cluster?: boolean) =>
  new RedisStore({ client, prefix: freshPrefix(), timeout: 10_000, cluster }, POLICY)

const refused = (cause: string | RegExp) => ({
  code: 'ERR_SESSION_STORE',
  cause: { message: expect.stringMatching(cause) },
})

type Connect = (url: string) => RedisClient | Promise<RedisClient>
const ioredis: Connect = (url) => new Redis(url)
const nodeRedis: Connect = (url) => createClient({ url }).connect()

function describeContractBy(
  name: string,
  target: () => RedisServer,
  connectTo: Connect,
  cluster?: boolean,
): void {
  describe(name, () => {
    let client: RedisClient
    beforeAll(async () => {
      client = await connectTo(target().url)
      return async () => {
        await (client as Redis).quit()
      }
    })
    describeContract(name, (policy, prefix) => {
      return new RedisStore({ client, prefix, timeout: 10_000, cluster }, policy)
    })
  })
}

describe('without what any service forbids', () => {
  const target = server(() => without(...FORBIDDEN))

  test('as the page says', async () => {
    expect(FORBIDDEN.length).toBeGreaterThan(20)
    for (const name of FORBIDDEN) {
      await expect(target().command(name)).rejects.toThrow('unknown command')
    }
  })

  describeContractBy('ioredis', target, ioredis)
  describeContractBy('node-redis', target, nodeRedis)
  describeContractBy('the Cluster protocol', target, ioredis, true)
})

describe.each(['PUBLISH', 'SUBSCRIBE'])('without %s', (name) => {
  const target = server(() => without(name))

  /** A session that is marked as watched, and what tells its end. */
  async function watched(store: RedisStore) {
    const { id } = await login(store, { user_id: 7 })
    const told = new Promise<void>((resolve) => {
      store.watch(id, { owns: () => true, proves: () => true, onEnd: () => resolve() })
    })
    const key = store.getSessionKey(id)
    await until('it is watched', async () => {
      return (await target().command('HEXISTS', key, WATCHED_UNTIL)) === 1
    })
    return { id, told }
  }

  test('watched sessions end', async () => {
    const store = open(connect(target().url))
    onTestFinished(() => store.close())
    const first = await watched(store)
    expect(await store.delete(first.id)).toBe('deleted')
    const second = await watched(store)
    expect(await store.revokeAll('user_id', '7')).toBe(1)
    expect(await store.read(second.id)).toBeUndefined()
    // It checks whenever it tries again to subscribe. Without messages that takes up to a minute.
    if (name === 'SUBSCRIBE') await Promise.all([first.told, second.told])
  })
})

describe.each(['EVALSHA', 'EVAL'])('without %s', (name) => {
  test('signing in is refused, by name, and nothing is written', async () => {
    const started = await without(name)
    onTestFinished(() => started.stop())
    const store = open(connect(started.url))
    await expect(login(store, { user_id: 7 })).rejects.toMatchObject(
      refused(new RegExp(`command ['\`]?${name}`)),
    )
    await expect(store.revokeAll('user_id', '7')).rejects.toMatchObject(refused(name))
    expect(await started.command('DBSIZE')).toBe(0)
  })
})

describe('without INFO in scripts, or without what it is asked for', () => {
  const started: [string, () => Promise<RedisServer>][] = [
    [
      'refused by ACL',
      async () => {
        const target = await startServer()
        const rules = 'on nopass ~* &* +@all -info'.split(' ')
        await target.command('ACL', 'SETUSER', 'default', ...rules)
        return target
      },
    ],
    ['renamed away', () => without('INFO')],
    [
      'with an answer that has no run id',
      () => startServer(['--rename-command', 'INFO', '', '--rename-command', 'ECHO', 'INFO']),
    ],
  ]

  test.each(started)('%s: all sessions of a value are found, and ended', async (_, start) => {
    const target = await start()
    onTestFinished(() => target.stop())
    const client = connect(target.url, false)
    const store = open(client)
    await loginMany(store, 1200, { user_id: 7 })
    // No cursor, as nothing would tell that another process does not know it.
    const set = store.getReferenceKey('user_id', '7')
    const [next, ids, runId] = (await client.eval(SCAN_SET.lua, 1, set, '0', '500')) as unknown[]
    expect([next, runId]).toEqual(['0', ''])
    expect(ids).toHaveLength(1200)
    expect(new Set(await foundIds(store, 'user_id', '7')).size).toBe(1200)
    expect(await store.count('user_id', '7')).toBe(1200)
    expect(await store.revokeAll('user_id', '7')).toBe(1200)
    expect(await store.count('user_id', '7')).toBe(0)
  })

  test('without SMEMBERS either, finding and ending all is refused', async () => {
    const target = await without('INFO', 'SMEMBERS')
    onTestFinished(() => target.stop())
    const store = open(connect(target.url, false))
    const [{ id } = { id: '' }] = await loginMany(store, 1200, { user_id: 7 })
    const unknown = refused(/Unknown .*command called from/)
    await expect(foundIds(store, 'user_id', '7')).rejects.toMatchObject(unknown)
    await expect(store.count('user_id', '7')).rejects.toMatchObject(unknown)
    await expect(store.revokeAll('user_id', '7')).rejects.toMatchObject(unknown)
    // Each by itself can be read and ended.
    expect(await store.read(id)).toMatchObject({ values: { user_id: '7' } })
    expect(await store.delete(id)).toBe('deleted')
  })
})

describe('one endpoint in front of all slots', () => {
  const target = server(async () => {
    // A node that has met no other does not know its own address.
    const started = await startServer(
      '--cluster-enabled yes --cluster-announce-ip 127.0.0.1'.split(' '),
    )
    const slots = Array.from({ length: 16_384 }, (_, slot) => slot)
    await started.command('CLUSTER', 'ADDSLOTS', ...slots)
    await until('the cluster is well', async () => {
      return String(await started.command('CLUSTER', 'INFO')).includes('cluster_state:ok')
    })
    return started
  })

  describeContractBy('node-redis with cluster: true', target, nodeRedis, true)
  describeContractBy('the Cluster of ioredis', target, (url) => new Cluster([url]))

  test('without cluster: true the first sign-in is refused', async () => {
    const store = open(connect(target().url))
    await expect(login(store, { user_id: 7 })).rejects.toMatchObject(refused('CROSSSLOT'))
  })
})

describe('a server that cuts idle connections', () => {
  const target = server(() => startServer(['--timeout', '1']))

  test('ioredis', async () => {
    const client = connect(target().url)
    const store = open(client)
    const { id } = await login(store, { user_id: 7 })
    await once(client, 'close')
    expect(await store.read(id)).toBeDefined()
  })

  test('node-redis', async () => {
    const client = createClient({ url: target().url })
    const cut = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    onTestFinished(() => client.destroy())
    const store = open(client)
    const { id } = await login(store, { user_id: 7 })
    await cut
    expect(await store.read(id)).toBeDefined()
  })
})
