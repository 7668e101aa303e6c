/** What adopting leaves in Redis, for how long, and what a request with an old cookie costs. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken, deriveToken, idTime, isId } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { type Watcher, watch } from '../../support/clients/monitor.js'
import { loadScripts, open as openRaw } from '../../support/intercepted-scripts.js'
import { createMovingSite } from '../../support/moving-site.js'
import { SCRIPTS, sentDuring } from '../../support/scripts.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { foundIds, freshPrefix, HOUR, POLICY, set } from '../../support/store.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'

const DAY = 24 * HOUR

beforeAll(loadScripts)

function open(prefix: string, cluster: boolean, adopts = true) {
  return new RedisStore(
    { client: redis(), prefix, timeout: 15_000, cluster },
    { ...POLICY, adopts },
  )
}

describe.each([
  ['one node', false],
  ['the cluster protocol', true],
])('on %s', (_, cluster) => {
  const adopt = (store: ReturnType<typeof open>, user = '1') => {
    const { id, secretHash } = deriveToken(createToken(24).secret)
    const adopted = store.adopt(id, secretHash, set({ user_id: user }), Date.now() + HOUR)
    return adopted.then((lifetime) => ({ id, secretHash, lifetime }))
  }

  test('an id is marked for as long as it is asked for, which its end does not change', async () => {
    const prefix = freshPrefix()
    const store = open(prefix, cluster)
    const { id, secretHash } = await adopt(store)
    const key = `${prefix}:{${id}}:adopted`
    const left = await redis().pttl(key)
    expect(left).toBeGreaterThan(2 * HOUR - 60_000)
    expect(left).toBeLessThanOrEqual(2 * HOUR)
    await store.delete(id, { owner: { secretHash, requestStartedAt: performance.now() } })
    expect(await redis().pttl(key)).toBeGreaterThan(2 * HOUR - 60_000)
  })

  test('a revocation time stands for 400 days, and without adopt for an hour', async () => {
    const prefix = freshPrefix()
    const key = `${prefix}:user_id={1}:revoked`
    await open(prefix, cluster).revokeAll('user_id', '1')
    expect(await redis().pttl(key)).toBeGreaterThan(400 * DAY - 60_000)
    // A job without it does not cut that short.
    await open(prefix, cluster, false).revokeAll('user_id', '1')
    expect(await redis().pttl(key)).toBeGreaterThan(400 * DAY - 60_000)
    await open(prefix, cluster, false).revokeAll('user_id', '2')
    expect(await redis().pttl(`${prefix}:user_id={2}:revoked`)).toBeLessThanOrEqual(HOUR)
  })

  test('a revocation of two hours ago refuses an old session, and no request', async () => {
    const prefix = freshPrefix()
    const store = open(prefix, cluster)
    await store.revokeAll('user_id', '1')
    const hoursAgo = (Date.now() - 2 * HOUR) * 1000
    await redis().set(`${prefix}:user_id={1}:revoked`, hoursAgo, 'KEEPTTL')
    await expect(adopt(store)).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    const { id, secretHash } = createToken(24)
    // A request of more than an hour, as without adopt.
    const since = performance.now() - 3 * HOUR
    await store.create(id, secretHash, { ...set({ user_id: '1' }), since })
    expect(await foundIds(store, 'user_id', '1')).toEqual([id])
  })
})

test('an id that is pruned while it is adopted is refused, and can be adopted in a minute', async () => {
  const prefix = freshPrefix()
  const token = deriveToken(createToken(24).secret)
  const other = open(prefix, true)
  const store = openRaw({
    prefix,
    cluster: true,
    onScript: async (n, run) => {
      // Between joining the set and writing the session.
      if (n === 2) expect(await foundIds(other, 'user_id', '1')).toEqual([])
      return run()
    },
  })
  const adopt = () =>
    store.adopt(token.id, token.secretHash, set({ user_id: 1 }), Date.now() + HOUR)
  await expect(adopt()).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
  expect(await other.read(token.id)).toBeUndefined()
  const tombstone = `${prefix}:{${token.id}}:tombstone`
  expect(await redis().pttl(tombstone)).toBeLessThanOrEqual(60_000)
  await redis().del(tombstone)
  expect(
    await other.adopt(token.id, token.secretHash, set({ user_id: 1 }), Date.now() + HOUR),
  ).toBeDefined()
  expect(await foundIds(other, 'user_id', '1')).toEqual([token.id])
})

test('a derived token is always the same, and its id tells no age', () => {
  const [one, same, other] = [deriveToken('a'), deriveToken('a'), deriveToken('b')]
  expect(one).toEqual(same)
  expect(other.id).not.toBe(one.id)
  expect(other.secret).not.toBe(one.secret)
  expect(isId(one.id)).toBe(true)
  expect(new Date(idTime(one.id)).getFullYear()).toBe(2106)
  // By which it is found again in the versions to come.
  expect(one.id).toMatchInlineSnapshot(`"zzzzmaAXdCKG5UeZ0Ior"`)
})

describe('the commands of a request', () => {
  let server: RedisServer
  let client: Redis
  let watcher: Watcher
  beforeAll(async () => {
    server = await startServer()
    client = new Redis(server.url)
    watcher = await watch(client)
    for (const { lua } of Object.values(SCRIPTS)) await client.script('LOAD', lua)
  })
  afterAll(async () => {
    watcher.stop()
    client.disconnect()
    await server.stop()
  })

  test('with a session are those of any other; without one an old cookie costs two more', async () => {
    const site = createMovingSite({ client })
    const browser = site.visitor('costly')
    expect(await sentDuring(watcher, () => browser.visit((s) => s.peek()))).toEqual([
      'GET',
      'CREATE_ONE_NODE',
      'HGETALL',
    ])
    expect(await sentDuring(watcher, () => browser.visit((s) => s.peek()))).toEqual(['HGETALL'])
    const stranger = site.browser()
    expect(await sentDuring(watcher, () => stranger.visit((s) => s.peek()))).toEqual([])
  })
})
