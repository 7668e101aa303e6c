/** A replica lags behind: it could still show a session that was ended. So it is never asked. */
import { Redis } from 'ioredis'
import { createCluster } from 'redis'
import { createCluster as createCluster5 } from 'redis5'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { type RedisCluster, startCluster } from '../../support/servers/cluster.js'
import { createSite } from '../../support/http-app.js'
import { watch } from '../../support/clients/monitor.js'

// Its own, and quiet: ioredis fails where a server is busy while MONITOR begins.
let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster?.stop())

const options = () => ({
  rootNodes: cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
  useReplicas: true,
})

test.each([
  ['node-redis 6', () => createCluster(options())],
  ['node-redis 5', () => createCluster5(options())],
])('a cluster client with useReplicas reads sessions from primaries: %s', async (_, open) => {
  const client = open()
  await client.connect()
  onTestFinished(() => client.close())
  const prefix = `replicas-${createId()}`
  const site = createSite({ client, prefix })
  const watchers = await Promise.all(
    client.replicas.map(async ({ host, port }) => {
      const replica = new Redis(port, host)
      onTestFinished(() => replica.disconnect())
      const watcher = await watch(replica)
      onTestFinished(watcher.stop)
      return watcher
    }),
  )
  expect(watchers.length).toBeGreaterThan(0)

  const visits = async () => {
    for (let i = 0; i < 20; i++) {
      const browser = site.browser()
      await browser.visit((s) => s.set({ user_id: i }))
      await browser.visit((s) => s.get())
      await browser.visit((s) => s.get(['user_id']))
      expect(await site.Session.count('user_id', i)).toBe(1)
      // What does go to replicas.
      const key = `${prefix}:${i}`
      await client.sendCommand(key, true, ['STRLEN', key])
    }
  }
  const seen = new Set<string>()
  const watched = watchers.reduce<() => Promise<unknown>>(
    (work, { commandsDuring }) =>
      async () => {
        for (const { words } of await commandsDuring(work)) {
          if (words.some((word) => word.startsWith(prefix))) seen.add(words[0]!.toLowerCase())
        }
      },
    visits,
  )
  await watched()
  // From their primaries replicas hear of writes only.
  expect(seen).toContain('strlen')
  for (const read of ['hgetall', 'hmget', 'hget', 'exists', 'sscan', 'evalsha', 'eval']) {
    expect(seen).not.toContain(read)
  }
})
