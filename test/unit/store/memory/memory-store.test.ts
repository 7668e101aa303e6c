import { expect, test, vi } from 'vitest'
import { MemoryStore } from '../../../../src/index.js'
import { createToken } from '../../../../src/store/token.js'
import { freshPrefix, login, POLICY, set } from '../../../support/store.js'

const memory = new MemoryStore()

test('a sign-in is refused for an hour after a revokeAll, as on Redis', async () => {
  const store = memory.open(POLICY, freshPrefix())
  const since = performance.now()
  await store.revokeAll('user_id', '1')
  const signIn = () => {
    const { id, secretHash } = createToken(24)
    return store.create(id, secretHash, { ...set({ user_id: 1 }), since })
  }
  await expect(signIn()).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 3_600_001)
  try {
    expect(await signIn()).toMatchObject({ hasOwnMaxAge: false })
  } finally {
    clock.mockRestore()
  }
})

test('a session ends at its absolute time to the ms, however slow the process is', async () => {
  const store = memory.open({ ...POLICY, absoluteMaxAge: 1000 }, freshPrefix())
  let now = Date.now()
  // A clock that goes on between any two looks at it.
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now++)
  try {
    const { id, secretHash, lifetime } = await login(store, { user_id: 1 })
    expect(lifetime.expiresIn).toBe(1000)
    const { createdAt, expiresAt, idleFor } = (await store.inspect(id))!
    expect(expiresAt).toBe(createdAt + 1000)
    expect(idleFor).toBe(0)
    const end = createdAt + 1000
    expect(await store.update(id, { secretHash })).toMatchObject({ expiresAt: end })
  } finally {
    clock.mockRestore()
  }
})
