/** An application's tests that install fake timers before they import the library. */
import { Redis } from 'ioredis'
import Koa from 'koa'
import { createClient } from 'redis'
import { afterEach, beforeEach, expect, inject, onTestFinished, test, vi } from 'vitest'
import type { RedisClient } from '../../../../../src/index.js'

const CLIENTS: Record<string, () => Promise<RedisClient>> = {
  'ioredis 6': async () => {
    const client = new Redis(inject('redisUrl'))
    onTestFinished(() => client.disconnect())
    await client.ping()
    return client
  },
  'node-redis 6': async () => {
    const client = createClient({ url: inject('redisUrl') })
    onTestFinished(() => client.destroy())
    await client.connect()
    return client
  },
}

beforeEach(() => vi.resetModules())
afterEach(() => void vi.useRealTimers())

async function openStore(client: RedisClient, timeout: number) {
  vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'setInterval', 'Date', 'performance'] })
  const { sessions } = await import('../../../../../src/index.js')
  return sessions(new Koa(), { client, timeout }).store
}

// node-redis holds its own writes back by `setImmediate`.
test('ioredis 6: calls are answered', async () => {
  const store = await openStore(await CLIENTS['ioredis 6']!(), 10_000)
  const id = store.createSessionId()
  await store.set(id, { name: 'x' })
  expect(await store.get(id)).toMatchObject({ name: 'x' })
  vi.useRealTimers()
  expect(await store.get(id)).toMatchObject({ name: 'x' })
})

test.each(Object.entries(CLIENTS))('%s: calls end by their timeout', async (name, connect) => {
  const client = await connect()
  // The server answers this connection no sooner than that.
  const blocked = ['BLPOP', `fake-timers-${name}`, '1']
  const answered =
    client instanceof Redis
      ? client.call(blocked[0]!, ...blocked.slice(1))
      : (client as ReturnType<typeof createClient>).sendCommand(blocked)
  const store = await openStore(client, 50)
  for (let calls = 0; calls < 2; calls++) {
    await expect(store.get(store.createSessionId())).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE',
      message: 'Redis did not answer within 50 ms',
    })
  }
  vi.useRealTimers()
  await answered
})
