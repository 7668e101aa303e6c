/** The connection for messages, while a TLS handshake is slow. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import * as redis6 from 'redis'
import * as redis5 from 'redis5'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { RedisClient } from '../../../../../src/index.js'
import { RedisStore } from '../../../../../src/store/redis/redis-store.js'
import { createId, createToken } from '../../../../../src/store/token.js'
import { startTlsServer } from '../../../../support/servers/tls.js'
import { POLICY } from '../../../../support/store.js'

const nodeRedis =
  (createClient: (options: object) => RedisClient) =>
  async (port: number): Promise<RedisClient> => {
    // The client gives up no handshake before the test does.
    const tls = { tls: true, rejectUnauthorized: false, connectTimeout: 60_000 }
    const client = createClient({ socket: { host: '127.0.0.1', port, ...tls } }) as ReturnType<
      typeof redis6.createClient
    >
    await client.connect()
    onTestFinished(() => client.destroy())
    return client
  }
const ioredis = (Client: new (options: object) => Redis | Redis5) => async (port: number) => {
  const tls = { rejectUnauthorized: false }
  const client = new Client({ host: '127.0.0.1', port, tls, connectTimeout: 60_000 })
  onTestFinished(() => client.disconnect())
  await client.ping()
  return client
}

const CLIENTS: Record<string, (port: number) => Promise<RedisClient>> = {
  'ioredis 6': ioredis(Redis),
  'ioredis 5': ioredis(Redis5),
  'node-redis 6': nodeRedis(redis6.createClient),
  'node-redis 5': nodeRedis(redis5.createClient),
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close')
}

test.each(Object.entries(CLIENTS))('%s: close() while it opens closes it', async (_, connect) => {
  const server = await startTlsServer(inject('redisUrl'))
  const client = await connect(server.port)
  const stalled = server.stall()
  const store = new RedisStore(
    { client, prefix: createId(), timeout: 10_000, cluster: undefined },
    POLICY,
  )
  store.watch(createId(), { owns: () => true, proves: () => true, onEnd: () => {} })
  const socket = await stalled(0)
  expect(socket.closed).toBe(false)
  await store.close()
  await closed(socket)
})

test.each(Object.entries(CLIENTS))('%s: no retry leaves one behind', async (_, connect) => {
  const server = await startTlsServer(inject('redisUrl'))
  const client = await connect(server.port)
  const stalled = server.stall()
  const store = new RedisStore(
    { client, prefix: createId(), timeout: 100, cluster: undefined },
    POLICY,
  )
  onTestFinished(() => store.close())
  const { id, secretHash } = createToken(24)
  await store.create(id, secretHash, {})
  store.watch(id, { owns: () => true, proves: () => true, onEnd: () => {} })
  const sockets = [await stalled(0), await stalled(1), await stalled(2)]
  await Promise.all(sockets.slice(0, 2).map(closed))
})
