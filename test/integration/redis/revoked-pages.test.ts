/** The pages of one revokeAll: several are under way together, unless the caller is told of each. */
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createId } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { loadScripts } from '../../support/intercepted-scripts.js'
import { nameOf } from '../../support/scripts.js'
import { freshPrefix, POLICY } from '../../support/store.js'

/** Enough for six pages of 500. */
const MANY = 3000
/** One for each hundred of a page. */
const SCRIPTS_OF_A_PAGE = 5

let prefix: string
let sent: number
let answered: number
/** Runs before the reply to the n-th script that ends sessions. */
let onReply: (n: number) => unknown

function open(): RedisStore {
  const call = async (command: string, ...args: string[]): Promise<unknown> => {
    const ends = nameOf({ words: [command, ...args], lua: false }) === 'REVOKE_PAGE'
    if (!ends) return redis().call(command, ...args)
    const n = ++sent
    const reply = await redis().call(command, ...args)
    await onReply(n)
    answered++
    return reply
  }
  const client = { isCluster: false, call }
  return new RedisStore({ client, prefix, timeout: 20_000, cluster: false }, POLICY)
}

beforeAll(loadScripts)
beforeEach(async () => {
  prefix = freshPrefix()
  sent = answered = 0
  onReply = () => {}
  const store = open()
  const pipeline = redis().pipeline()
  for (let i = 0; i < MANY; i++) {
    const id = createId()
    pipeline.hset(store.getSessionKey(id), { $created: Date.now(), user_id: '7' })
    pipeline.pexpire(store.getSessionKey(id), 60_000)
    pipeline.sadd(store.getReferenceKey('user_id', '7'), id)
  }
  await pipeline.exec()
})

test('three pages are under way before the first one has ended', async () => {
  let release = (): void => {}
  const three = new Promise<void>((resolve) => (release = resolve))
  onReply = () => {
    if (sent > 2 * SCRIPTS_OF_A_PAGE) release()
    return three
  }
  expect(await open().revokeAll('user_id', '7')).toBe(MANY)
})

test('whoever is told of a page can stop before the next', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const onProgress = () => controller.abort()
  const revoked = open().revokeAll('user_id', '7', { signal, onProgress })
  await expect(revoked).rejects.toThrow(/abort/)
  // A page may have some more: SSCAN rounds up.
  expect(sent).toBeLessThanOrEqual(SCRIPTS_OF_A_PAGE + 1)
  expect(answered).toBe(sent)
})

test('an abort rejects once all that is under way has ended, and no session ends after that', async () => {
  const controller = new AbortController()
  onReply = (n) => {
    if (n === 1) controller.abort()
  }
  const revoked = open().revokeAll('user_id', '7', { signal: controller.signal })
  await expect(revoked).rejects.toThrow(/abort/)
  expect(answered).toBe(sent)
  expect(sent).toBeLessThan(MANY / 100)
})

test('a page that fails leaves no living session outside its set', async () => {
  const store = open()
  const set = store.getReferenceKey('user_id', '7')
  const ids = await redis().smembers(set)
  await redis().set(`${set}:slots`, 'no sorted set')
  const revoked = store.revokeAll('user_id', '7')
  await expect(revoked).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
  const left = new Set(await redis().smembers(set))
  const outside = ids.filter((id) => !left.has(id)).map((id) => store.getSessionKey(id))
  expect(outside.length).toBeGreaterThan(0)
  expect(await redis().exists(...outside)).toBe(0)
})
