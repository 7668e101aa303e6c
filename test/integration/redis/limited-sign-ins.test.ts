/** Sign-ins of which a step fails, comes late or is sent again, where only so many are allowed. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { RedisStore } from '../../../src/store/redis/redis-store.js'
import { foundIds, freshPrefix, login, set } from '../../support/store.js'
import {
  HOW,
  limited,
  loadScripts,
  lost,
  type OnScript,
  open,
  REVOKED,
  signIn,
  signing,
} from '../../support/intercepted-scripts.js'

beforeAll(loadScripts)

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('on %s', (_, cluster) => {
  /** Opens the same sessions again and again, each time with something that becomes of the scripts. */
  function roomForOne(): (onScript?: OnScript) => RedisStore {
    const prefix = freshPrefix()
    const policy = limited('evict-oldest')
    return (onScript) => open({ prefix, cluster, policy, onScript })
  }

  test('a session that was evicted is not made again by a creation that is sent again', async () => {
    const opened = roomForOne()
    const plain = opened()
    let later = ''
    const store = opened(async (n, run) => {
      const reply = await run()
      if (n !== (cluster ? 2 : 1)) return reply
      later = await signIn(plain, { user_id: 1 })
      return run()
    })
    await expect(signIn(store, { user_id: 1 })).rejects.toMatchObject(REVOKED)
    expect(await foundIds(plain, 'user_id', '1')).toEqual([later])
  })

  describe.each(HOW)('with room for one, %s', (how) => {
    test('that is sent again still evicts the other session', async () => {
      const opened = roomForOne()
      const plain = opened()
      await signIn(plain, { user_id: 1 })
      const start = await signing(how, plain)
      const store = opened(async (_n, run) => (await run(), run()))
      const id = await start(store)
      expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
    })

    test.each(Array.from({ length: cluster ? 6 : 5 }, (_script, i) => i + 1))(
      'whose script %i gets no answer: the next sign-in restores the limit',
      async (which) => {
        let reached = 0
        const opened = roomForOne()
        const plain = opened()
        await signIn(plain, { user_id: 1 })
        const start = await signing(how, plain)
        const store = opened(async (n, run) => {
          const reply = await run()
          reached = n
          return n === which ? lost() : reply
        })
        await start(store).catch(() => {})
        expect(reached).toBeGreaterThanOrEqual(which)
        const id = await signIn(plain, { user_id: 1 })
        expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
      },
    )
  })

  test('with room for one, a session that leaves and comes back while it is evicted is not one too many', async () => {
    const opened = roomForOne()
    const plain = opened()
    const id = await signIn(plain, { user_id: 1 })
    // On a single node it leaves the set by a second script, which is late here; on a cluster it stays.
    const leaving = opened((n, run) => (!cluster && n === 2 ? lost() : run()))
    const store = opened(async (n, run) => {
      // It has its slot, and ends now who had one before.
      if (n !== (cluster ? 5 : 3)) return run()
      expect(await leaving.update(id, set({ user_id: 2 }))).toMatchObject({ renewed: false })
      const reply = await run()
      expect(reply).toEqual(['other'])
      const back = set({ user_id: 1 }, { since: performance.now() })
      expect(await plain.update(id, back)).toMatchObject({ renewed: false })
      return reply
    })
    await signIn(store, { user_id: 1 })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
  })

  test('with room for one, a session that signs in again while it is evicted stays', async () => {
    const opened = roomForOne()
    const plain = opened()
    const id = await signIn(plain, { user_id: 1 })
    const store = opened(async (n, run) => {
      // It has its slot, and is about to end who had one before.
      if (n === (cluster ? 5 : 3)) {
        // On a single node who has the value has signed in, and stays where it is.
        if (!cluster) await plain.update(id, { unset: ['user_id'] })
        const back = set({ user_id: 1 }, { since: performance.now() })
        expect(await plain.update(id, back)).toMatchObject({ renewed: false })
      }
      return run()
    })
    await signIn(store, { user_id: 1 })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
  })

  test('with room for one, one of two creations stays, also if the first is sent again', async () => {
    const opened = roomForOne()
    const plain = opened()
    // The second one has its slot, and is about to end the first one, which is sent again meanwhile.
    let again: () => Promise<unknown> = async () => undefined
    let ended: Promise<unknown> = Promise.resolve()
    const second = opened(async (n, run) => {
      if (n === (cluster ? 5 : 3)) await again()
      return run()
    })
    const first = opened(async (n, run) => {
      const reply = await run()
      if (n !== (cluster ? 2 : 1)) return reply
      await new Promise<void>((resolve) => {
        again = async () => {
          const answer = await run()
          resolve()
          return answer
        }
        ended = signIn(second, { user_id: 1 })
      })
      return run()
    })
    // Both are answered.
    await signIn(first, { user_id: 1 })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([await ended])
  })

  test('with room for one, a sign-in that another set refuses evicts nothing', async () => {
    const plain = roomForOne()()
    const first = await signIn(plain, { user_id: 1 })
    const since = performance.now()
    await plain.revokeAll('org_id', 'closed')
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
