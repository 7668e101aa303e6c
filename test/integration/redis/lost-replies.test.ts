/**
 * The server has done what was asked, and the connection breaks before it could say so. ioredis
 * then sends the command again on the next connection, so each has to stand being done twice.
 */
import { setImmediate } from 'node:timers/promises'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createToken } from '../../../src/store/token.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { foundIds, freshPrefix, login, owner, POLICY, renewal, set } from '../../support/store.js'

let server: RedisServer
let observer: Redis6
beforeAll(async () => {
  server = await startServer()
  observer = new Redis6(server.url)
})
afterAll(async () => {
  observer.disconnect()
  await server.stop()
})

/** How often a session was written or ended: each of these scripts begins with one of these. */
async function timesDone(): Promise<number> {
  const stats = await observer.info('commandstats')
  return ['exists', 'hmget']
    .map((name) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1]))
    .reduce((sum, calls) => sum + calls)
}

describe.each([
  ['ioredis 6', () => new Redis6(server.url)],
  ['ioredis 5', () => new Redis5(server.url)],
])('%s', (_, connect) => {
  let client: Redis5 | Redis6
  let store: RedisStore
  beforeAll(async () => {
    client = connect()
    await client.ping()
  })
  afterAll(() => client.disconnect())
  beforeEach(async () => {
    const options = { client, prefix: freshPrefix(), timeout: 10_000, cluster: undefined }
    store = new RedisStore(options, POLICY)
    // The server knows the scripts from here on.
    const { id } = await login(store, { user_id: 'somebody', x: 1 })
    await store.update(id, set({ x: 2 }))
    await store.update(id, set({ user_id: 'nobody' }))
    await store.delete(id)
  })

  /** Sends a command, and breaks the connection before its reply can come. */
  async function withoutReply<T>(call: () => Promise<T>): Promise<T> {
    const before = await timesDone()
    const answer = call()
    // The commands of one turn leave together, at its end.
    await setImmediate()
    const { localPort } = client.stream
    client.stream.destroy()
    const [outcome] = await Promise.allSettled([answer])
    await until('the server has closed the broken connection', async () => {
      const list = String(await observer.client('LIST'))
      return !list.includes(` addr=127.0.0.1:${localPort} `)
    })
    // Once unheard, and once again.
    expect(await timesDone()).toBe(before + 2)
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }

  test('a login is one login', async () => {
    const { id, secretHash } = await withoutReply(() => login(store, { user_id: 7, a: 1 }))
    expect(await store.read(id)).toEqual({ values: { user_id: '7', a: '1' }, secretHash })
    expect(await foundIds(store, 'user_id', '7')).toEqual([id])
  })

  test('somebody else’s id is still refused', async () => {
    const { id, secretHash } = await login(store, { a: 1 })
    const other = withoutReply(() => store.create(id, createToken(24).secretHash, set({ a: 2 })))
    await expect(other).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(await store.read(id)).toEqual({ values: { a: '1' }, secretHash })
  })

  test.each(['changed', 'always'] as const)('a renewal is one renewal: %s', async (when) => {
    const { id, secretHash } = await login(store, { user_id: 7 })
    const next = renewal(when)
    const updated = await withoutReply(() =>
      store.update(id, set({ user_id: 8 }, { secretHash, renewal: next })),
    )
    expect(updated).toMatchObject({ renewed: true })
    expect(await store.read(id)).toEqual({
      values: { user_id: '8' },
      secretHash: next.secretHash,
    })
    expect(await store.explain(id, secretHash, performance.now())).toMatchObject({
      refusal: 'superseded',
    })
    expect(await store.explain(id, next.secretHash, performance.now())).toMatchObject({
      refusal: 'gone',
    })
    expect(await foundIds(store, 'user_id', '8')).toEqual([id])
    expect(await foundIds(store, 'user_id', '7')).toEqual([])
  })

  test('a session that is being ended stays ended', async () => {
    const { id, secretHash } = await login(store, { user_id: 7 })
    await withoutReply(() => store.delete(id, { owner: owner(secretHash) }))
    expect(await store.read(id)).toBeUndefined()
    expect(await store.update(id, { secretHash })).toMatchObject({ refusal: 'gone' })
    expect(await store.count('user_id', '7')).toBe(0)
  })
})
