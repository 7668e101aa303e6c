/**
 * Sign-ins of which a step fails, comes late or is sent again, at the moments that matter: while all
 * sessions of the account are ended, and where only so many are allowed.
 */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { FieldValues } from '../../../src/index.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import type { Store, StorePolicy } from '../../../src/store/store.js'
import { createToken } from '../../../src/token.js'
import { encodeValues, foundIds, freshPrefix, login, POLICY, set } from '../contract/support.js'

let client: Redis
beforeAll(() => {
  client = new Redis(inject('redisUrl'))
})
afterAll(async () => {
  await client.quit()
})

type Send = (command: string, ...args: string[]) => Promise<unknown>

interface Options {
  readonly prefix: string
  readonly cluster: boolean
  readonly policy?: StorePolicy
  /** What becomes of the n-th script, from 1 on. */
  readonly onScript?: (n: number, run: () => Promise<unknown>) => Promise<unknown>
}

function open({ prefix, cluster, policy = POLICY, onScript }: Options): RedisStore {
  let scripts = 0
  const call: Send = async (command, ...args) => {
    const run = () => client.call(command, ...args)
    return onScript && command === 'evalsha' ? onScript(++scripts, run) : run()
  }
  return new RedisStore(
    { client: { isCluster: false, call }, prefix, timeout: 3000, cluster },
    policy,
  )
}

function limited(onMax: 'evict-oldest' | 'refuse', max = 1): StorePolicy {
  const references = new Map(POLICY.references).set('user_id', { rotate: true, max, onMax })
  return { ...POLICY, references }
}

async function signIn(store: Store, values: FieldValues, since = performance.now()) {
  const { id, secretHash } = createToken(24)
  await store.create(id, secretHash, { ...encodeValues(values), since })
  return id
}

const lost = () => Promise.reject(new Error('the connection is lost'))
const STORE = { code: 'ERR_SESSION_STORE' }
const REVOKED = { code: 'ERR_SESSION_REVOKED' }
const HOW = ['create', 'update'] as const

/** A sign-in by a new session, or by one that is there. */
async function signing(how: (typeof HOW)[number], plain: Store, since = performance.now()) {
  if (how === 'create') return (store: Store) => signIn(store, { user_id: 1 }, since)
  const { id, secretHash } = await login(plain, { a: 1 })
  return async (store: Store) => {
    const reply = await store.update(id, set({ user_id: 1 }, { secretHash, since }))
    expect(reply).toMatchObject({ expiresIn: POLICY.maxAge })
    return id
  }
}

describe.each(HOW)('on a cluster, %s', (how) => {
  test('joins, all are ended, and it writes: refused, though it never comes to its last step', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const start = await signing(how, plain)
    const store = open({
      prefix,
      cluster: true,
      onScript: async (n, run) => {
        if (n === 2) expect(await plain.deleteAll('user_id', '1')).toBe(0)
        return n > 2 ? lost() : run()
      },
    })
    await expect(start(store)).rejects.toMatchObject(REVOKED)
    expect(await plain.count('user_id', '1')).toBe(0)
  })

  test('the clock of the set’s node is set back between its joining and the end of all: refused', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const start = await signing(how, plain)
    const store = open({
      prefix,
      cluster: true,
      onScript: async (n, run) => {
        if (n === 1) {
          // As a node would reply that failed over to another one then, whose clock is behind.
          const [status, at, ...rest] = (await run()) as [string, number, ...unknown[]]
          return [status, at + 5_000_000, ...rest]
        }
        if (n === 2) expect(await plain.deleteAll('user_id', '1')).toBe(0)
        return run()
      },
    })
    await expect(start(store)).rejects.toMatchObject(REVOKED)
    expect(await plain.count('user_id', '1')).toBe(0)
  })

  test('is written late, when its call has failed and all have been ended: not at all', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const start = await signing(how, plain)
    let late: (() => Promise<unknown>) | undefined
    const store = open({
      prefix,
      cluster: true,
      onScript: (n, run) => {
        if (n !== 2) return run()
        // It waits in the client until the connection is back.
        late = run
        return lost()
      },
    })
    await expect(start(store)).rejects.toMatchObject(STORE)
    await plain.deleteAll('user_id', '1')
    expect(await late!()).toEqual(['revoked'])
    expect(await plain.count('user_id', '1')).toBe(0)
  })

  test('has joined after all were ended: let in, also where it was there before', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const { id, secretHash } = await login(plain, { user_id: 1 })
    await plain.update(id, set({ user_id: 2 }, { secretHash }))
    expect(await plain.deleteAll('user_id', '1')).toBe(0)
    const back = set({ user_id: 1 }, { secretHash, since: performance.now() })
    expect(await plain.update(id, back)).toMatchObject({ renewed: false })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
  })

  test('of one that keeps its value, while the others are ended: it stays', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const { id, secretHash } = await login(plain, { user_id: 1 })
    const store = open({
      prefix,
      cluster: true,
      onScript: async (n, run) => {
        if (n === 2) await plain.deleteAll('user_id', '1', { except: id })
        return run()
      },
    })
    const update = set({ user_id: 1, a: 1 }, { secretHash, since: performance.now() })
    expect(await store.update(id, update)).toMatchObject({ renewed: false })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
  })
})

test('on a cluster, one that was let in for its value, and loses it before it writes, is refused', async () => {
  const prefix = freshPrefix()
  const plain = open({ prefix, cluster: true })
  const since = performance.now()
  const { id, secretHash } = await login(plain, { user_id: 1 })
  await plain.deleteAll('user_id', '1', { except: id })
  const store = open({
    prefix,
    cluster: true,
    onScript: async (n, run) => {
      // It was refused once; the second one joins it for the value it has.
      if (n === 3) await plain.update(id, set({ user_id: 2 }))
      return run()
    },
  })
  const back = store.update(id, set({ user_id: 1 }, { secretHash, since }))
  await expect(back).rejects.toMatchObject(REVOKED)
  expect(await foundIds(plain, 'user_id', '2')).toEqual([id])
})

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('on %s', (_, cluster) => {
  test('a session that was ended is not made again by a creation that is sent again', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster })
    const store = open({
      prefix,
      cluster,
      onScript: async (n, run) => {
        const reply = await run()
        if (n !== (cluster ? 2 : 1)) return reply
        const [id = ''] = await foundIds(plain, 'user_id', '1')
        expect(await plain.delete(id)).toBe('ended')
        return run()
      },
    })
    await expect(signIn(store, { user_id: 1 })).rejects.toMatchObject(REVOKED)
    expect(await plain.count('user_id', '1')).toBe(0)
  })

  test('nor where it was ended for one who signed in later', async () => {
    const prefix = freshPrefix()
    const policy = limited('evict-oldest')
    const plain = open({ prefix, cluster, policy })
    let later = ''
    const store = open({
      prefix,
      cluster,
      policy,
      onScript: async (n, run) => {
        const reply = await run()
        if (n !== (cluster ? 2 : 1)) return reply
        later = await signIn(plain, { user_id: 1 })
        return run()
      },
    })
    await expect(signIn(store, { user_id: 1 })).rejects.toMatchObject(REVOKED)
    expect(await foundIds(plain, 'user_id', '1')).toEqual([later])
  })

  describe.each(HOW)('with room for one, %s', (how) => {
    const policy = limited('evict-oldest')

    test('that is sent again still ends whom it replaces', async () => {
      const prefix = freshPrefix()
      const plain = open({ prefix, cluster, policy })
      await signIn(plain, { user_id: 1 })
      const start = await signing(how, plain)
      const store = open({
        prefix,
        cluster,
        policy,
        onScript: async (_n, run) => (await run(), run()),
      })
      const id = await start(store)
      expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
    })

    test.each([1, 2, 3, 4, 5, 6, 7])(
      'whose script %i gets no answer: the next sign-in makes up for it',
      async (which) => {
        const prefix = freshPrefix()
        const plain = open({ prefix, cluster, policy })
        await signIn(plain, { user_id: 1 })
        const start = await signing(how, plain)
        const store = open({
          prefix,
          cluster,
          policy,
          onScript: async (n, run) => {
            const reply = await run()
            return n === which ? lost() : reply
          },
        })
        await start(store).catch(() => {})
        const id = await signIn(plain, { user_id: 1 })
        expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
      },
    )
  })

  test('with room for one, who was away when it was to be ended, and comes back, is not one more', async () => {
    const prefix = freshPrefix()
    const policy = limited('evict-oldest')
    const plain = open({ prefix, cluster, policy })
    const id = await signIn(plain, { user_id: 1 })
    // On a single node it leaves the set by a second script, which is late here; on a cluster it stays.
    const leaving = open({
      prefix,
      cluster,
      policy,
      onScript: (n, run) => (!cluster && n === 2 ? lost() : run()),
    })
    const store = open({
      prefix,
      cluster,
      policy,
      onScript: async (n, run) => {
        // It has its seat, and ends now who had one before.
        if (n !== (cluster ? 5 : 3)) return run()
        expect(await leaving.update(id, set({ user_id: 2 }))).toMatchObject({ renewed: false })
        const reply = await run()
        expect(reply).toEqual([['other']])
        const back = set({ user_id: 1 }, { since: performance.now() })
        expect(await plain.update(id, back)).toMatchObject({ renewed: false })
        return reply
      },
    })
    await signIn(store, { user_id: 1 })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
  })

  test('with room for one, who is refused by another set ends nobody', async () => {
    const plain = open({ prefix: freshPrefix(), cluster, policy: limited('evict-oldest') })
    const first = await signIn(plain, { user_id: 1 })
    const since = performance.now()
    await plain.deleteAll('org_id', 'closed')
    const refused = signIn(plain, { user_id: 1, org_id: 'closed' }, since)
    await expect(refused).rejects.toMatchObject(REVOKED)
    expect(await foundIds(plain, 'user_id', '1')).toEqual([first])
  })

  test('a session from before the limit keeps its value', async () => {
    const prefix = freshPrefix()
    const { id, secretHash } = await login(open({ prefix, cluster }), { user_id: 1 })
    const store = open({ prefix, cluster, policy: limited('refuse') })
    const first = await signIn(store, { user_id: 1 })
    const update = set({ user_id: 1, a: 1 }, { secretHash, since: performance.now() })
    expect(await store.update(id, update)).toMatchObject({ renewed: false })
    expect(await foundIds(store, 'user_id', '1')).toEqual([id, first].toSorted())
  })
})
