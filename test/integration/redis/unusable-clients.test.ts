/** Clients that cannot be used: an error at once, never a request that hangs. */
import { Cluster, Redis } from 'ioredis'
import Koa from 'koa'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type RedisClient, sessions } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { createSite } from '../../support/http-app.js'

const url = inject('redisUrl')
const rootNodes = inject('clusterNodes').map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }))

const sentinel = {
  sentinels: [{ host: '127.0.0.1', port: 1 }],
  name: 'sessions',
  lazyConnect: true,
}

const CLOSED: [string, () => Promise<RedisClient>][] = [
  [
    'ioredis 6 after quit',
    async () => {
      const client = new Redis(url)
      await client.quit()
      return client
    },
  ],
  [
    'ioredis 6 after disconnect',
    async () => {
      const client = new Redis(url)
      await client.ping()
      client.disconnect()
      return client
    },
  ],
  [
    'ioredis 6 Cluster after quit',
    async () => {
      const client = new Cluster(inject('clusterNodes'))
      await client.quit()
      return client
    },
  ],
  [
    'node-redis 6 after close',
    async () => {
      const client = createClient({ url })
      await client.connect()
      await client.close()
      return client
    },
  ],
  [
    'node-redis 6 after destroy',
    async () => {
      const client = createClient({ url })
      await client.connect()
      client.destroy()
      return client
    },
  ],
  ['node-redis 6 that never connected', async () => createClient({ url })],
  ['node-redis 6 pool that never connected', async () => createClientPool({ url })],
  ['node-redis 6 cluster that never connected', async () => createCluster({ rootNodes })],
]

test.each(CLOSED)('503 for a client that is closed: %s', async (_, open) => {
  const site = createSite({ client: await open(), timeout: 500 })
  const known = site.browser()
  known.cookies.set('session-id', `${createId()}.${'x'.repeat(32)}`)
  const answers = await Promise.all([
    known.visit((session) => session.peek()),
    known.visit((session) => session.get()),
    known.visit((session) => session.set({ a: 1 })),
    known.visit((session) => session.delete()),
    site.browser().visit((session) => session.get()),
    site.browser().visit((session) => session.set({ user_id: 7 })),
  ])
  for (const { status, error, setCookies } of answers) {
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(status).toBe(503)
    expect(setCookies).toEqual([])
  }
  const all = site.Session.revokeAll('user_id', 7)
  await expect(all).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
})

test('an ioredis client that connects when it is needed', async () => {
  const client = new Redis(url, { lazyConnect: true })
  onTestFinished(() => client.disconnect())
  const { browser } = createSite({ client })
  expect(await browser().visit((session) => session.get())).toMatchObject({ status: 204 })
})

test.each([
  ['null', null],
  ['a URL', url],
  ['options', { host: '127.0.0.1', port: 6379 }],
  ['a function', createClient],
  ['a class', Redis],
  ['an old client with callbacks', { hgetall() {}, eval() {}, multi() {} }],
  ['a Map', new Map()],
  ['a promise', Promise.resolve()],
  [
    'node-redis Sentinel',
    createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }),
  ],
])('refuses what is no client: %s', (_, client) => {
  const make = () => sessions(new Koa(), { client: client as unknown as RedisClient })
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
})

const replicaReaders: [string, () => RedisClient][] = [
  ...(['slave', 'all', () => []] as const).map((scaleReads): (typeof replicaReaders)[number] => [
    `Cluster with scaleReads: ${String(scaleReads)}`,
    () => new Cluster(inject('clusterNodes'), { scaleReads, lazyConnect: true }),
  ]),
  ["Sentinel with role: 'slave'", () => new Redis({ ...sentinel, role: 'slave' })],
]

test.each(replicaReaders)('refuses a client that reads from replicas: %s', (_, open) => {
  const make = () => sessions(new Koa(), { client: open() })
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  expect(make).toThrow(/replicas/)
})

test.each([
  [
    "Cluster with scaleReads: 'master'",
    () => new Cluster(inject('clusterNodes'), { scaleReads: 'master', lazyConnect: true }),
  ],
  ["Sentinel with role: 'master'", () => new Redis({ ...sentinel, role: 'master' })],
  ['Sentinel', () => new Redis(sentinel)],
])('accepts a client that reads from primaries: %s', (_, open) => {
  const client = open()
  expect(sessions(new Koa(), { client }).store.client).toBe(client)
})
