import { beforeAll, describe, expect, test } from 'vitest'
import type { Store, Updated } from '../../src/store/store.js'
import { until } from '../support/until.js'
import {
  elapsedSince,
  foundIds,
  freshPrefix,
  HOUR,
  login,
  POLICY,
  set,
  type Open,
} from '../support/store.js'

export function describeLifetime(open: Open): void {
  let store: Store
  beforeAll(async () => {
    store = await open(POLICY, freshPrefix())
  })

  describe('idle and absolute timeout', () => {
    const ttl = async (id: string): Promise<number> => {
      const { expiresAt, createdAt } = (await store.inspect(id))!
      return Math.round((expiresAt - createdAt) / 60_000)
    }

    test('without fields the idle timeout is shorter, until the first field is set', async () => {
      const { id, lifetime } = await login(store)
      expect(lifetime.expiresIn).toBe(HOUR / 2)
      expect(await ttl(id)).toBe(30)
      await store.update(id, set({ a: 1 }))
      expect(await ttl(id)).toBe(60)
      await store.update(id, { unset: ['a'] })
      expect(await ttl(id)).toBe(30)
      await store.update(id, { increment: { name: 'n', by: '1' } })
      expect(await ttl(id)).toBe(60)
    })

    test('without fields the shorter of maxAge and emptyMaxAge applies', async () => {
      const brief = await open({ ...POLICY, maxAge: 60_000 }, freshPrefix())
      const { id, lifetime } = await login(brief)
      expect(lifetime.expiresIn).toBe(60_000)
      expect(await brief.update(id, {})).toMatchObject({ expiresIn: 60_000 })
      expect((await login(store, {}, 60_000)).lifetime.expiresIn).toBe(60_000)
      expect((await login(store, {}, 5 * HOUR)).lifetime.expiresIn).toBe(HOUR / 2)
      expect(await brief.update(id, { maxAge: 5 * HOUR })).toMatchObject({ expiresIn: HOUR / 2 })
    })

    test('each write returns when the session expires, and would have expired', async () => {
      // The time now and the time to live are two readings of one clock: they may differ by 1 ms.
      const expectSame = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(1)
      const { id, lifetime } = await login(store, { a: 1 })
      expectSame(lifetime.expiresAt, (await store.inspect(id))!.expiresAt)
      const updated = (await store.update(id, { maxAge: 3 * HOUR })) as Updated
      expectSame(updated.wouldHaveExpiredAt, lifetime.expiresAt)
      expectSame(updated.expiresAt, (await store.inspect(id))!.expiresAt)
    })

    test('a maxAge of its own stays until another one is given', async () => {
      const { id, lifetime } = await login(store, { a: 1 }, 3 * HOUR)
      expect(lifetime).toMatchObject({ expiresIn: 3 * HOUR, hasOwnMaxAge: true })
      const updated = await store.update(id, set({ b: 1 }))
      expect(updated).toMatchObject({ hasOwnMaxAge: true, expiresIn: 3 * HOUR })
      await store.update(id, { maxAge: 2 * HOUR })
      await store.update(id, {})
      expect(await ttl(id)).toBe(120)
    })

    test('no write extends a session beyond its absolute timeout', async () => {
      const strict = await open({ ...POLICY, absoluteMaxAge: HOUR + 60_000 }, freshPrefix())
      const { id, lifetime } = await login(strict, { user_id: 1 }, 5 * HOUR)
      expect(lifetime.expiresIn).toBe(HOUR + 60_000)
      const updated = await strict.update(id, { maxAge: 9 * HOUR })
      expect(updated).toMatchObject({ hasOwnMaxAge: true })
      const { createdAt, expiresAt } = (await strict.inspect(id))!
      expect(expiresAt - createdAt).toBeLessThanOrEqual(HOUR + 60_000 + 5)
    })

    test('an expired session cannot be read, written or found', async () => {
      const { id, secretHash } = await login(store, { user_id: 'brief' }, 30)
      await until('the session is over', async () => (await store.read(id)) === undefined)
      expect(await store.update(id, set({ a: 1 }, { secretHash }))).toMatchObject({
        refusal: 'gone',
      })
      expect(await foundIds(store, 'user_id', 'brief')).toEqual([])
      expect(await store.count('user_id', 'brief')).toBe(0)
      expect(await store.revokeAll('user_id', 'brief')).toBe(0)
      expect(await store.delete(id)).toBe('gone')
    })

    test('an expired session is not counted, even if nothing has read it since', async () => {
      await login(store, { user_id: 'mortal' })
      await login(store, { user_id: 'mortal' }, 30)
      const witness = await login(store, {}, 30)
      await until('both are over', async () => (await store.read(witness.id)) === undefined)
      expect(await store.count('user_id', 'mortal')).toBe(1)
    })

    test('a shortened absolute timeout ends a session at its next write', async () => {
      const prefix = freshPrefix()
      const before = await open(POLICY, prefix)
      const { id } = await login(before, { user_id: 1 })
      const shortened = await open({ ...POLICY, absoluteMaxAge: 1 }, prefix)
      const { createdAt } = (await before.inspect(id))!
      await until('its absolute time is over', async () => Date.now() > createdAt + 1)
      // Until the next write, to everybody.
      expect(await shortened.read(id)).toBeDefined()
      expect(await foundIds(shortened, 'user_id', '1')).toEqual([id])
      expect(await shortened.count('user_id', '1')).toBe(1)
      expect((await shortened.inspect(id))!.idleFor).toBeGreaterThan(HOUR)
      await until('its absolute time is over', async () => {
        return 'refusal' in (await shortened.update(id, set({ a: 1 })))
      })
      expect(await shortened.read(id)).toBeUndefined()
      expect(await shortened.count('user_id', '1')).toBe(0)
    })

    test('a session that is extended beyond its first idle timeout is still found', async () => {
      const { id } = await login(store, { user_id: 'patient', ip: 'here' }, 60_000)
      await store.update(id, { maxAge: HOUR })
      await store.update(id, set({ ip: 'there' }, { maxAge: 30_000 }))
      const start = performance.now()
      await store.update(id, { maxAge: 2 * HOUR })
      expect(await foundIds(store, 'user_id', 'patient')).toEqual([id])
      expect(await foundIds(store, 'ip', 'there')).toEqual([id])
      const { idleFor } = (await store.inspect(id))!
      expect(idleFor).toBeLessThanOrEqual(elapsedSince(start))
    })
  })
}
