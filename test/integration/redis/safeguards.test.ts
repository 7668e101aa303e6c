/** Faults that one part of the protocol each keeps out: see test/model/safeguards.ts. */
import { describe, expect, test } from 'vitest'
import { GONE } from '../../../src/store/store.js'
import { createId, createToken } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { open, REVOKED, signIn } from '../../support/intercepted-scripts.js'
import { foundIds, login, renewal, set } from '../../support/store.js'

describe.each([
  ['one node', false],
  ['a cluster', true],
])('%s', (_, cluster) => {
  const start = () => open({ prefix: `safe-${createId()}`, cluster })

  test('forged cookies of a living session put its id into no set', async () => {
    const store = start()
    const { id } = await login(store, { user_id: 7 })
    const since = performance.now()
    const { secretHash } = createToken(24)
    const forge = (value: number) => {
      return store.update(
        id,
        set({ user_id: value }, { secretHash, since, renewal: renewal('changed') }),
      )
    }
    const refusals = await Promise.all([1, 2, 3].map(forge))
    expect(refusals).toEqual([1, 2, 3].map(() => GONE))
    const sets = [1, 2, 3].map((value) => store.getReferenceKey('user_id', String(value)))
    expect(await redis().exists(...sets)).toBe(0)
  })

  test('of sign-ins that meet a revocation time in the future only the first is refused', async () => {
    const store = start()
    await store.revokeAll('user_id', '7')
    const key = `${store.getReferenceKey('user_id', '7')}:revoked`
    const hours = 3 * 3_600_000_000
    // As on a new primary whose clock is behind.
    const ahead = Number(await redis().get(key)) + hours
    await redis().set(key, ahead, 'KEEPTTL')
    await expect(signIn(store, { user_id: 7 })).rejects.toMatchObject(REVOKED)
    const id = await signIn(store, { user_id: 7 })
    expect(await foundIds(store, 'user_id', '7')).toEqual([id])
    expect(await redis().pttl(key)).toBeGreaterThan(0)
  })

  test('and a later revokeAll refuses those that began before it', async () => {
    const store = start()
    await store.revokeAll('user_id', '7')
    const key = `${store.getReferenceKey('user_id', '7')}:revoked`
    await redis().set(key, Number(await redis().get(key)) + 3_600_000_000, 'KEEPTTL')
    await expect(signIn(store, { user_id: 7 })).rejects.toMatchObject(REVOKED)
    const since = performance.now()
    const id = await signIn(store, { user_id: 7 })
    await store.revokeAll('user_id', '7')
    expect(await store.read(id)).toBeUndefined()
    await expect(signIn(store, { user_id: 7 }, since)).rejects.toMatchObject(REVOKED)
  })
})

test.each(['update', 'create'])(
  'a creation that is sent again does not revive a session that got its value by an operator: %s',
  async (how) => {
    const prefix = `operator-${createId()}`
    const plain = open({ prefix, cluster: false })
    const { id, secretHash } = createToken(24)
    // The first answer is lost; before the client sends the command again, its session has come and gone.
    const store = open({
      prefix,
      cluster: false,
      onScript: async (_, run) => {
        await run()
        // As when it expires.
        if (how === 'create') await redis().del(plain.getSessionKey(id))
        await plain.put(id, set({ user_id: 8 }))
        await plain.revokeAll('user_id', '8')
        return run()
      },
    })
    const created = store.create(id, secretHash, set({ user_id: 7 }, { since: performance.now() }))
    await expect(created).rejects.toMatchObject(REVOKED)
    expect(await plain.read(id)).toBeUndefined()
  },
)
