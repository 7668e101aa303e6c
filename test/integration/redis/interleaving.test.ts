/**
 * Single steps of two calls, put into one order on a real Redis: a client that stops before a command
 * lets somebody else go first.
 */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createId, createToken } from '../../../src/store/token.js'
import { until } from '../../support/until.js'
import { foundIds, login, POLICY, renewal, set } from '../../support/store.js'

let client: Redis
beforeAll(() => {
  client = new Redis(inject('redisUrl'))
})
afterAll(async () => {
  await client.quit()
})

type Before = (command: string) => Promise<unknown> | undefined

function open(prefix: string, cluster: boolean, before: Before = () => undefined): RedisStore {
  const stopping = {
    isCluster: false,
    call: async (command: string, ...args: string[]) => {
      await before(command)
      return client.call(command, ...args)
    },
  }
  return new RedisStore({ client: stopping, prefix, timeout: 10_000, cluster }, POLICY)
}

/** Does something before the first command of that name. */
function once(name: string, action: () => Promise<unknown>): Before {
  let done = false
  return (command) => {
    if (done || command !== name) return undefined
    done = true
    return action()
  }
}

describe('on a cluster', () => {
  describe('a session that a machine whose clock is behind creates while its id is pruned', () => {
    const id = createId(Date.now() - 120_000)

    function startCreating() {
      const prefix = `behind-${createId()}`
      const maker = open(prefix, true)
      const { secretHash } = createToken(24)
      const create = () => maker.create(id, secretHash, set({ user_id: 7 }))
      return { prefix, maker, create, key: maker.getReferenceKey('user_id', '7') }
    }

    test('stays in its set if it was created before the tombstone was left', async () => {
      const { prefix, maker, create, key } = startCreating()
      // Its first step is done; then somebody counts, and finds it missing.
      await client.sadd(key, id)
      await open(prefix, true, once('exists', create)).count('user_id', '7')
      expect(await foundIds(maker, 'user_id', '7')).toEqual([id])
    })

    test('is refused after that, and not lost', async () => {
      const { prefix, maker, create, key } = startCreating()
      await client.sadd(key, id)
      const refused = () => expect(create()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
      await open(prefix, true, once('srem', refused)).count('user_id', '7')
      expect(await maker.read(id)).toBeUndefined()
    })
  })

  test('a session that is being made is not taken for a dead one', async () => {
    const prefix = `making-${createId()}`
    const sent: string[] = []
    const other = open(prefix, true, (command) => {
      sent.push(command)
      return undefined
    })
    // After the first step (the set is joined), everybody who reads the set comes by.
    let steps = 0
    const watched = open(prefix, true, (command) => {
      if (command !== 'evalsha' || ++steps !== 2) return undefined
      return Promise.all([
        other.count('user_id', '8'),
        foundIds(other, 'user_id', '8'),
        other.revokeAll('user_id', '8'),
      ])
    })
    const { id } = await login(watched, { user_id: 8 })
    expect(steps).toBeGreaterThan(2)
    expect(sent).not.toContain('srem')
    expect(await foundIds(other, 'user_id', '8')).toEqual([id])
  })
})

// Late by less than a tenth of the session's time, so in time also on a busy machine; or by more than it.
describe.each([
  [400, 10_000],
  [1500, 1000],
])(
  'on a cluster, a write that runs %i ms after it joined its sets, for a session of %i ms',
  (late, maxAge) => {
    test('does not claim that they hold the session for longer than they do', async () => {
      const prefix = `late-${createId()}`
      const plain = open(prefix, true)
      const { id } = await login(plain, { user_id: 1 })
      const key = plain.getReferenceKey('user_id', '2')
      let scripts = 0
      const slow = open(prefix, true, (command) => {
        if (command !== 'evalsha' || ++scripts !== 2) return undefined
        return until(
          'so much time has passed',
          async () => (await client.pttl(key)) <= 3 * maxAge - late,
        )
      })
      await slow.update(id, set({ user_id: 2 }, { maxAge }))
      const indexed = Number(await client.hget(plain.getSessionKey(id), '$indexed'))
      const ttl = await client.pttl(key)
      expect(indexed).toBeLessThanOrEqual(Date.now() + ttl)
      // What came too late was done anew; what came in time was not.
      expect(scripts).toBe(late < maxAge ? 3 : 5)
    })
  },
)

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('on %s', (_, cluster) => {
  test('revokeAll leaves a session that takes another value meanwhile', async () => {
    const prefix = `moved-${createId()}`
    const other = open(prefix, cluster)
    const { id } = await login(other, { user_id: 1 })
    const move = () => other.update(id, set({ user_id: 2 }))
    const revoker = open(prefix, cluster, once('evalsha', move))
    expect(await revoker.revokeAll('user_id', '1')).toBe(0)
    expect(await foundIds(other, 'user_id', '2')).toEqual([id])
  })

  test('a creation that is sent again undoes nothing that came between', async () => {
    const prefix = `again-${createId()}`
    const other = open(prefix, cluster)
    await login(other, { user_id: 0 })
    const { id, secretHash } = createToken(24)
    let evals = 0
    const unheard = {
      isCluster: false,
      call: async (command: string, ...args: string[]) => {
        // On a cluster the first script joins the set: the second writes the hash.
        if (command === 'evalsha' && ++evals === (cluster ? 2 : 1)) {
          await client.call(command, ...args)
          await other.put(id, set({ user_id: 2 }))
        }
        return client.call(command, ...args)
      },
    }
    const maker = new RedisStore({ client: unheard, prefix, timeout: 10_000, cluster }, POLICY)
    const { expiresAt } = await maker.create(id, secretHash, set({ user_id: 1 }, { maxAge: 5000 }))
    expect(await other.read(id)).toEqual({ values: { user_id: '2' }, secretHash })
    expect(await foundIds(other, 'user_id', '2')).toEqual([id])
    // Each is a sum of two readings of the clock.
    const { expiresAt: read = 0 } = (await other.inspect(id)) ?? {}
    expect(Math.abs(expiresAt - read)).toBeLessThanOrEqual(2)
  })

  test('a write that comes after revokeAll revives nothing', async () => {
    const prefix = `late-${createId()}`
    const other = open(prefix, cluster)
    const { id, secretHash } = await login(other, { user_id: 1 })
    let evals = 0
    const writer = open(prefix, cluster, (command) => {
      // On a cluster the first script joins the set: the second writes the hash.
      if (command !== 'evalsha' || ++evals !== (cluster ? 2 : 1)) return undefined
      return other.revokeAll('user_id', '1')
    })
    expect(await writer.update(id, set({ user_id: 1, a: 1 }, { secretHash }))).toMatchObject({
      refusal: 'gone',
    })
    expect(await other.read(id)).toBeUndefined()
    expect(await foundIds(other, 'user_id', '1')).toEqual([])
  })

  test('a touch that finds its references changed joins the new ones', async () => {
    const prefix = `touch-${createId()}`
    const other = open(prefix, cluster)
    const { id } = await login(other, { user_id: 1 }, 5000)
    let scripts = 0
    const toucher = open(prefix, cluster, (command) => {
      if (command !== 'evalsha' || ++scripts !== 2) return undefined
      return other.update(id, set({ user_id: 2, org_id: 3 }))
    })
    await toucher.update(id, { maxAge: 1000 * 3_600_000 })
    const ttl = await client.pttl(other.getSessionKey(id))
    for (const [field, value] of [
      ['user_id', '2'],
      ['org_id', '3'],
    ] as const) {
      expect(await foundIds(other, field, value)).toEqual([id])
      expect(await client.pttl(other.getReferenceKey(field, value))).toBeGreaterThanOrEqual(ttl)
    }
  })

  test('a command that the client sends twice finds its own work done', async () => {
    const prefix = `twice-${createId()}`
    const twice = {
      isCluster: false,
      call: async (command: string, ...args: string[]) => {
        if (command === 'evalsha') await client.call(command, ...args)
        return client.call(command, ...args)
      },
    }
    // So that both are the script, and not its loading.
    const plain = open(prefix, cluster)
    const { id, secretHash } = await login(plain, { a: 1 })
    await plain.update(id, set({ b: 1 }))
    const store = new RedisStore({ client: twice, prefix, timeout: 10_000, cluster }, POLICY)
    const next = renewal('changed')
    const login2 = set({ user_id: 1 }, { secretHash, renewal: next })
    expect(await store.update(id, login2)).toMatchObject({ renewed: true })
    expect(await store.read(id)).toMatchObject({ secretHash: next.secretHash })
    expect(await store.explain(id, secretHash, performance.now())).toMatchObject({
      refusal: 'superseded',
    })
    const token = createToken(24)
    await store.create(token.id, token.secretHash, set({ user_id: 1 }))
    expect(await foundIds(store, 'user_id', '1')).toEqual([id, token.id].toSorted())
  })
})

describe('something else at a key', () => {
  test('of the superseded secrets: a login changes nothing', async () => {
    const store = open(`list-${createId()}`, false)
    const { id, secretHash } = await login(store, { a: 1 })
    await client.rpush(`${store.getSessionKey(id)}:former`, 'x')
    const failed = store.update(
      id,
      set({ user_id: 'x' }, { secretHash, renewal: renewal('changed') }),
    )
    await expect(failed).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(await store.read(id)).toEqual({ values: { a: '1' }, secretHash })
  })

  test('of one session: revokeAll ends all others, and then fails', async () => {
    const store = open(`string-${createId()}`, false)
    const ids = await Promise.all([1, 2, 3].map(() => login(store, { user_id: 1 })))
    await client.set(store.getSessionKey(ids[1]!.id), 'no hash')
    await expect(store.revokeAll('user_id', '1')).rejects.toMatchObject({
      code: 'ERR_SESSION_STORE',
    })
    expect(await store.read(ids[0]!.id)).toBeUndefined()
    expect(await store.read(ids[2]!.id)).toBeUndefined()
  })

  test('of an operator’s write: an error, not an endless loop', async () => {
    const store = open(`hash-${createId()}`, false)
    const id = createId()
    await client.hset(store.getSessionKey(id), 'foreign', '1')
    await expect(store.put(id, set({ a: 1 }))).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(await client.hgetall(store.getSessionKey(id))).toEqual({ foreign: '1' })
  })
})
