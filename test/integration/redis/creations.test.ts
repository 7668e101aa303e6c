/** Which script creates a session on one node, and that both write the same. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FieldValues } from '../../../src/index.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import type { Changes, StorePolicy } from '../../../src/store/store.js'
import { createId, createToken } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { limited, loadScripts } from '../../support/intercepted-scripts.js'
import { nameOf } from '../../support/scripts.js'
import { elapsedSince, encodeValues, freshPrefix, POLICY } from '../../support/store.js'

let sent: string[]
let prefix: string

beforeAll(loadScripts)
beforeEach(() => {
  sent = []
  prefix = freshPrefix()
})

function open(policy: StorePolicy = POLICY): RedisStore {
  const call = (command: string, ...args: string[]): Promise<unknown> => {
    sent.push(nameOf({ words: [command, ...args], lua: false }))
    return redis().call(command, ...args)
  }
  const client = { isCluster: false, call }
  return new RedisStore({ client, prefix, timeout: 10_000, cluster: false }, policy)
}

const signIn = (values: FieldValues, rest: Partial<Changes> = {}): Changes => ({
  ...encodeValues(values),
  signsIn: true,
  since: performance.now(),
  ...rest,
})

const { id, secretHash } = createToken(24)
const LARGE = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`field${i}`, 'x']))

describe('one script creates', () => {
  test.each<[what: string, values: FieldValues, rest?: Partial<Changes>]>([
    ['a session that signs in', { user_id: 7 }],
    ['one that has more fields and references', { user_id: 7, ip: '::1', name: 'Ann' }],
    ['one with a reference, by `set`', { user_id: 7 }, { signsIn: false }],
    ['one with its own idle timeout and a binding', { user_id: 7 }, { maxAge: 9000, binding: 'b' }],
  ])('%s: CREATE_SIMPLE', async (_, values, rest) => {
    await open().create(createId(), secretHash, signIn(values, rest))
    expect(sent).toEqual(['CREATE_SIMPLE'])
  })

  test.each<[what: string, values: FieldValues, policy?: StorePolicy]>([
    ['one without references', { name: 'Ann' }],
    ['one under a limit', { user_id: 7 }, limited('refuse')],
    ['one with more fields than the other passes on', { user_id: 7, ...LARGE }],
  ])('%s: CREATE_ONE_NODE', async (_, values, policy) => {
    await open(policy).create(createId(), secretHash, signIn(values))
    expect(sent).toEqual(['CREATE_ONE_NODE'])
  })

  test("an operator's: CREATE_ONE_NODE", async () => {
    await open().put(createId(), encodeValues({ user_id: 7 }))
    expect(sent.at(-1)).toBe('CREATE_ONE_NODE')
  })
})

describe('CREATE_SIMPLE leaves it to CREATE_ONE_NODE', () => {
  const BOTH = ['CREATE_SIMPLE', 'CREATE_ONE_NODE']

  test('where its own reply was lost: the session is as it was', async () => {
    const store = open()
    const created = await store.create(id, secretHash, signIn({ user_id: 7 }))
    await store.update(id, { ...encodeValues({ name: 'Ann' }), secretHash })
    sent = []
    const again = await store.create(id, secretHash, signIn({ user_id: 8 }))
    expect(sent).toEqual(BOTH)
    expect(again?.expiresAt).toBeGreaterThanOrEqual(created.expiresAt)
    expect((await store.read(id))?.values).toEqual({ user_id: '7', name: 'Ann' })
  })

  test('where another session has the id', async () => {
    const store = open()
    await store.create(id, secretHash, signIn({ user_id: 7 }))
    sent = []
    const other = createToken(24).secretHash
    const again = store.create(id, other, signIn({ user_id: 8 }))
    await expect(again).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(sent).toEqual(BOTH)
    expect((await store.read(id))?.values).toEqual({ user_id: '7' })
  })

  test('where the session has ended', async () => {
    const store = open()
    await store.create(id, secretHash, signIn({ user_id: 7 }))
    await store.delete(id)
    sent = []
    const again = store.create(id, secretHash, signIn({ user_id: 7 }))
    await expect(again).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    expect(sent).toEqual(BOTH)
    expect(await redis().exists(store.getSessionKey(id))).toBe(0)
  })

  test('where one of its values was revoked', async () => {
    const store = open()
    const before = signIn({ ip: '::1', user_id: 7 })
    await store.revokeAll('user_id', '7')
    sent = []
    const late = store.create(id, secretHash, before)
    await expect(late).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
    expect(sent.slice(0, 2)).toEqual(BOTH)
    // Nothing is half written.
    expect(await redis().exists(store.getSessionKey(id))).toBe(0)
    expect(await redis().exists(store.getReferenceKey('ip', '::1'))).toBe(0)
  })
})

test.each<[what: string, rest: Partial<Changes>]>([
  ['a sign-in', {}],
  ['`set`', { signsIn: false }],
  ['a session with its own idle timeout and a binding', { maxAge: 9_000_000, binding: 'b' }],
])('both write the same: %s', async (_, rest) => {
  const store = open()
  const values = { user_id: 7, org_id: 'a', name: 'Ann' }

  /** The hash and the session's end, with times by the creation's. */
  async function write(): Promise<object> {
    const start = performance.now()
    const made = createId()
    const lifetime = await store.create(made, secretHash, signIn(values, rest))
    const key = store.getSessionKey(made)
    const hash = await redis().hgetall(key)
    const created = Number(hash.$created)
    const relative = Object.entries(hash).map(([name, value]) => {
      const isTime = ['$created', '$signedIn', '$indexed'].includes(name)
      return [name, isTime ? Number(value) - created : value] as const
    })
    const { maxAge = POLICY.maxAge } = rest
    const sets = [store.getReferenceKey('user_id', '7'), store.getReferenceKey('org_id', 'a')]
    for (const name of [key, ...sets]) {
      const left = await redis().pttl(name)
      const ttl = name === key ? maxAge : 2 * maxAge
      expect(left).toBeLessThanOrEqual(ttl)
      expect(left).toBeGreaterThanOrEqual(ttl - elapsedSince(start))
    }
    return {
      hash: Object.fromEntries(relative),
      held: await Promise.all(sets.map((set) => redis().sismember(set, made))),
      lifetime: { ...lifetime, expiresAt: lifetime.expiresAt - created },
    }
  }

  const simple = await write()
  expect(sent).toEqual(['CREATE_SIMPLE'])
  await redis().del(store.getReferenceKey('user_id', '7'), store.getReferenceKey('org_id', 'a'))
  // A revocation long ago refuses nobody.
  await redis().set(`${store.getReferenceKey('user_id', '7')}:revoked`, '1')
  sent = []
  expect(await write()).toEqual(simple)
  expect(sent).toEqual(['CREATE_SIMPLE', 'CREATE_ONE_NODE'])
})

test('of each set that has more than five ids some are checked', async () => {
  const store = open()
  const set = store.getReferenceKey('org_id', 'a')
  await redis().sadd(set, ...Array.from({ length: 6 }, () => createId()))
  await store.create(id, secretHash, signIn({ user_id: 7, org_id: 'a' }))
  await store.close()
  // Four of seven were checked, so three dead ones at least.
  expect(await redis().scard(set)).toBeLessThanOrEqual(4)
  expect(await redis().sismember(set, id)).toBe(1)
})
