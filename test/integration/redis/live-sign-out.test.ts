/**
 * Streams that are open on one server, of sessions that end on another. They close because Redis pushes
 * the end: no timer goes off meanwhile, so nothing can have polled. How long it takes is printed.
 */
import { mkdir, rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import type { RedisClient } from '../../../src/index.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createId } from '../../../src/store/token.js'
import { CommandBarrier } from '../../support/proxy/command-barrier.js'
import { connectProxied, type Library } from '../../support/proxy/proxied-clients.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { CLUSTER, SINGLE } from '../../support/clients/supported.js'
import { login, POLICY } from '../../support/store.js'
import { startStreamServer, type StreamServer } from '../../support/stream-server.js'

interface Client {
  readonly client: RedisClient
  close(): unknown
}

/** One server of the application, with a client of its own. */
async function startOne(prefix: string, { client, close }: Client): Promise<StreamServer> {
  // Longer than any test: what is held back is not given up.
  const server = await startStreamServer({ client, prefix, timeout: '30 seconds' })
  onTestFinished(async () => {
    await server.close()
    await close()
  })
  return server
}

/** From now on no timer goes off, until the test is over or `vi.useRealTimers` is called. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
}
afterEach(() => void vi.useRealTimers())

function printDelays(what: string, delays: readonly number[]): void {
  const sorted = delays.toSorted((a, b) => a - b)
  const [median, longest] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!]
  console.log(`${what}: median ${median.toFixed(1)} ms, at most ${longest.toFixed(1)} ms`)
}

const EVERYWHERE: [string, () => Promise<Client>][] = [
  ...Object.entries(SINGLE).map(([name, connect]): [string, () => Promise<Client>] => [
    name,
    () => connect(inject('redisUrl')),
  ]),
  ...Object.entries(CLUSTER).map(([name, connect]): [string, () => Promise<Client>] => [
    name,
    () => connect(inject('clusterNodes')),
  ]),
]

test.each(EVERYWHERE)('%s: close after a revokeAll on another server', async (name, connect) => {
  const prefix = createId()
  const here = await startOne(prefix, await connect())
  const there = await startOne(prefix, await connect())
  const open = async (as: string) => here.open(await here.signIn(as))
  const other = createId()
  stopTimers()
  const stays = await open(other)
  const delays: number[] = []
  while (delays.length < 20) {
    const user = createId()
    const mine = [await open(user), await open(user)]
    const start = performance.now()
    expect(await there.Session.revokeAll('user_id', user)).toBe(2)
    for (const { closed } of mine) delays.push((await closed) - start)
  }
  printDelays(`${name}, closed by a revokeAll elsewhere`, delays)
  expect(stays.isOpen()).toBe(true)
  await there.Session.revokeAll('user_id', other)
  await stays.closed
})

const LIBRARIES: Library[] = ['ioredis 6', 'node-redis 6']

describe.each(LIBRARIES)('%s', (library) => {
  let server: RedisServer
  let barrier: CommandBarrier
  let here: StreamServer
  let prefix: string
  /** Breaks the connections of `here`. */
  let cut: () => void
  let there: StreamServer
  let target: { host: string; port: number }
  beforeEach(async () => {
    server = await startServer(['--appendonly', 'yes', '--appendfsync', 'always'])
    onTestFinished(() => server.stop())
    barrier = new CommandBarrier()
    prefix = createId()
    target = { host: '127.0.0.1', port: server.port }
    const proxied = await connectProxied(library, target, () => barrier)
    cut = () => proxied.proxies[0]!.cut()
    here = await startOne(prefix, proxied)
    there = await startOne(prefix, await connectProxied(library, target, () => ({})))
  })

  /** The channels of this application that anybody listens on. */
  async function channels(): Promise<string[]> {
    const all = (await server.command('PUBSUB', 'CHANNELS')) as string[]
    return all.filter((channel) => channel.startsWith(prefix))
  }
  /** How often it was asked to begin and to end subscriptions. */
  async function stats(): Promise<Record<string, number>> {
    const all = String(await server.command('INFO', 'commandstats'))
    const calls = all.matchAll(/cmdstat_(subscribe|unsubscribe):calls=(\d+)/g)
    return Object.fromEntries(Array.from(calls, ([, name, count]) => [name!, Number(count)]))
  }
  const untilChannels = (count: number) =>
    until(`there are ${count} channels`, async () => (await channels()).length === count)

  test('listens on no channel once the streams have ended', async () => {
    const cookies = await Promise.all([1, 2, 3].map(() => here.signIn(createId())))
    const streams = await Promise.all(cookies.map((cookie) => here.open(cookie)))
    const again = await here.open(cookies[0]!)
    await untilChannels(3)
    streams[0]!.leave()
    streams[1]!.leave()
    await untilChannels(2)
    again.leave()
    await untilChannels(1)
    await there.Session.revoke(cookies[2]!.split(/[=.]/)[1]!)
    await streams[2]!.closed
    await untilChannels(0)
  })

  test('ends no subscription that it does not have', async () => {
    const { client, close } = await SINGLE[library]!(server.url)
    const store = new RedisStore({ client, prefix, timeout: 30_000, cluster: undefined }, POLICY)
    onTestFinished(async () => {
      await store.close()
      await close()
    })
    const watch = async () => {
      const { id } = await login(store)
      return () => store.watch(id, { owns: () => true, proves: () => true, onEnd: () => {} })
    }
    const [first, second, third] = [await watch(), await watch(), await watch()]
    const leaveFirst = first()
    await untilChannels(1)
    leaveFirst()
    // While that is under way.
    second()()
    third()
    await until('the third channel', async () => (await stats()).subscribe === 2)
    expect(await stats()).toEqual({ subscribe: 2, unsubscribe: 1 })
  })

  test('checks no session that was left, whatever it still hears of it', async () => {
    const [left, last] = [await here.signIn(createId()), await here.signIn(createId())]
    const [id = ''] = left.split('=')[1]!.split('.')
    const streams = [await here.open(left), await here.open(last)]
    await untilChannels(2)
    const { held, release } = barrier.hold('unsubscribe')
    onTestFinished(release)
    streams[0]!.leave()
    await held
    const checks = () => barrier.commands.filter((name) => name.startsWith(`WATCH_SESSION`))
    const before = checks().filter((name) => name.includes(id))
    expect(before.length).toBeGreaterThan(0)
    // Both messages come by one connection, in this order.
    for (const cookie of [left, last]) await there.Session.revoke(cookie.split(/[=.]/)[1]!)
    await streams[1]!.closed
    expect(checks().filter((name) => name.includes(id))).toEqual(before)
  })

  test('leaves no listener on a connection that serves many requests', async () => {
    const cookie = await here.signIn(createId())
    for (let i = 0; i < 3; i++) await here.touch(cookie)
    const before = here.listeners()
    for (let i = 0; i < 20; i++) await here.touch(cookie)
    expect(here.listeners()).toEqual(before)
    await untilChannels(0)
  })

  test.each(['subscribe', 'WATCH_SESSION'])(
    'misses no end while its %s is under way',
    async (command) => {
      const user = createId()
      const cookie = await here.signIn(user)
      const { held, release } = barrier.hold(command)
      onTestFinished(release)
      const stream = await here.open(cookie)
      await held
      expect(await there.Session.revokeAll('user_id', user)).toBe(1)
      release()
      await stream.closed
    },
  )

  test('misses no end while nobody listens', async () => {
    const open = async (as: string) => here.open(await here.signIn(as))
    const other = createId()
    const stays = await open(other)
    const delays: number[] = []
    while (delays.length < 20) {
      const user = createId()
      const streams = [await open(user), await open(user)]
      await untilChannels(3)
      const { held, release } = barrier.hold('subscribe')
      onTestFinished(release)
      cut()
      await held
      await untilChannels(0)
      expect(await there.Session.revokeAll('user_id', user)).toBe(2)
      expect(streams.every(({ isOpen }) => isOpen())).toBe(true)
      stopTimers()
      const start = performance.now()
      release()
      for (const { closed } of streams) delays.push((await closed) - start)
      vi.useRealTimers()
      expect(stays.isOpen()).toBe(true)
    }
    printDelays(`${library}, closed after the reconnect`, delays)
    await there.Session.revokeAll('user_id', other)
    await stays.closed
  })

  test('stay open while Redis is away, and are checked when it is back', async () => {
    const [user, other] = [createId(), createId()]
    const [mine, theirs] = [
      await here.open(await here.signIn(user)),
      await here.open(await here.signIn(other)),
    ]
    await untilChannels(2)
    await server.kill()
    await server.restart()
    await untilChannels(2)
    expect([mine, theirs].map(({ isOpen }) => isOpen())).toEqual([true, true])
    await there.Session.revokeAll('user_id', user)
    await mine.closed
    await server.kill()
    // It comes back without its data.
    await rm(server.dir, { recursive: true })
    await mkdir(server.dir)
    await server.restart()
    await theirs.closed
  })

  test('stay open while Redis does not answer', async () => {
    const cookie = await here.signIn('me')
    server.freeze()
    const [mine, nobody] = await Promise.all([here.open(cookie), here.open(`${cookie}x`)])
    expect([mine, nobody].map(({ isOpen }) => isOpen())).toEqual([true, true])
    server.thaw()
    await nobody.closed
    await untilChannels(1)
    expect(mine.isOpen()).toBe(true)
    await there.Session.revokeAll('user_id', 'me')
    await mine.closed
  })

  test('a store that cannot tell calls no watcher', async () => {
    const { client, close } = await connectProxied(library, target, () => ({}))
    onTestFinished(close)
    const store = new RedisStore({ client, prefix, timeout: 500, cluster: undefined }, POLICY)
    onTestFinished(() => store.close())
    const { id } = await login(store)
    server.freeze()
    let times = 0
    const ended = new Promise<void>((resolve) => {
      store.watch(id, {
        owns: () => true,
        proves: () => true,
        onEnd: () => {
          times++
          resolve()
        },
      })
    })
    // As long as it takes to give up connecting, and then looking.
    for (let i = 0; i < 4; i++) await expect(store.read(id)).rejects.toThrow()
    expect(times).toBe(0)
    server.thaw()
    expect(await there.Session.revoke(id)).toBe(true)
    await ended
  })

  test('close later where the user may not use channels', async () => {
    const acl = ['on', 'nopass', '+@all', '~*', 'resetchannels']
    await server.command('ACL', 'SETUSER', 'default', ...acl)
    const cookie = await here.signIn('me')
    const [mine, stays] = [await here.open(cookie), await here.open(await here.signIn('them'))]
    const start = performance.now()
    expect(await there.Session.revokeAll('user_id', 'me')).toBe(1)
    expect(await there.Session.count('user_id', 'me')).toBe(0)
    const delay = (await mine.closed) - start
    console.log(`${library}: closed without channels in: ${delay.toFixed(1)} ms`)
    expect(stays.isOpen()).toBe(true)
  })
})
