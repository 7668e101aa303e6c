import { beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/store.js'
import { createId, createToken } from '../../src/store/token.js'
import {
  foundIds,
  freshPrefix,
  HOUR,
  login,
  owner,
  POLICY,
  renewal,
  set,
  type Open,
} from '../support/store.js'

export function describeEnding(open: Open): void {
  let store: Store
  beforeAll(async () => {
    store = await open(POLICY, freshPrefix())
  })

  describe('put, the operator’s write', () => {
    test('makes a session that no secret opens', async () => {
      const id = createId()
      await store.put(id, set({ user_id: 'made' }))
      expect(await store.read(id)).toEqual({ values: { user_id: 'made' }, secretHash: undefined })
      expect(await foundIds(store, 'user_id', 'made')).toEqual([id])
      const { secretHash } = createToken(24)
      expect(await store.update(id, set({ a: 1 }, { secretHash }))).toMatchObject({
        refusal: 'gone',
      })
      expect(await store.delete(id, { owner: owner(secretHash) })).toBe('gone')
    })

    test('changes a session, and leaves its secret', async () => {
      const { id, secretHash } = await login(store, { user_id: 1 })
      await store.put(id, set({ user_id: 'put', user: null }))
      expect(await store.read(id)).toEqual({ values: { user_id: 'put' }, secretHash })
    })

    test('refuses a malformed id', async () => {
      await expect(store.put('x}:{', set({ a: 1 }))).rejects.toMatchObject({
        code: 'ERR_SESSION_FIELD',
      })
    })
  })

  describe('ending', () => {
    test('delete is final', async () => {
      const { id, secretHash } = await login(store, { user_id: 'end', org_id: 'end' })
      expect(await store.delete(id, { owner: owner(createToken(24).secretHash) })).toBe('gone')
      expect(await store.delete(id, { owner: owner(secretHash) })).toBe('deleted')
      // By a request that began before that, and by one that begins later.
      const began = { secretHash, requestStartedAt: performance.now() - 1000 }
      const begins = { secretHash, requestStartedAt: performance.now() + 1000 }
      expect(await store.delete(id, { owner: began })).toBe('ended')
      expect(await store.delete(id, { owner: begins })).toBe('gone')
      expect(await store.explain(id, secretHash, began.requestStartedAt)).toMatchObject({
        refusal: 'ended',
      })
      expect(await store.explain(id, secretHash, begins.requestStartedAt)).toMatchObject({
        refusal: 'gone',
      })
      expect(await store.delete('rubbish')).toBe('gone')
      expect(await store.read(id)).toBeUndefined()
      const since = begins.requestStartedAt
      for (const update of [
        set({ user_id: 'end' }, { secretHash }),
        { secretHash },
        { secretHash, renewal: renewal('always') },
        { increment: { name: 'n', by: '1' } },
        { unset: ['user_id'] },
      ]) {
        expect(await store.update(id, { ...update, since })).toMatchObject({ refusal: 'gone' })
      }
      expect(await store.update(id, { secretHash, since: began.requestStartedAt })).toMatchObject({
        refusal: 'ended',
      })
      expect(await foundIds(store, 'user_id', 'end')).toEqual([])
      expect(await foundIds(store, 'org_id', 'end')).toEqual([])
    })

    test('revokeAll spares the exception', async () => {
      const [mine, , ...others] = await Promise.all(
        [1, 2, 3, 4].map(() => login(store, { user_id: 'all' })),
      )
      expect(others).toHaveLength(2)
      expect(await store.revokeAll('user_id', 'all', { except: mine!.id })).toBe(3)
      expect(await foundIds(store, 'user_id', 'all')).toEqual([mine!.id])
      expect(await store.revokeAll('user_id', 'all')).toBe(1)
      expect(await store.revokeAll('user_id', 'all')).toBe(0)
    })

    test('revokeAll is not undone by writes under way', async () => {
      const logins = await Promise.all(
        Array.from({ length: 20 }, () => login(store, { user_id: 'busy', org_id: 'o' })),
      )
      const writes = logins.flatMap(({ id, secretHash }) => [
        store.update(id, set({ a: 1 }, { secretHash })),
        store.update(id, set({ user_id: 'busy' }, { secretHash })),
        store.update(id, { secretHash, renewal: renewal('always') }),
        store.update(id, { maxAge: 5 * HOUR }),
      ])
      const [ended] = await Promise.all([store.revokeAll('user_id', 'busy'), ...writes])
      expect(ended).toBe(20)
      for (const { id, secretHash } of logins) {
        expect(await store.read(id)).toBeUndefined()
        expect(await store.update(id, { secretHash })).toMatchObject({ refusal: 'gone' })
      }
      expect(await foundIds(store, 'org_id', 'o')).toEqual([])
    })

    test('of all leaves no login of the same time unfound', async () => {
      const [, ...logins] = await Promise.all([
        store.revokeAll('user_id', 'rush'),
        ...Array.from({ length: 20 }, () => login(store, { user_id: 'rush' })),
      ])
      const alive: string[] = []
      for (const { id } of logins) if ((await store.read(id)) !== undefined) alive.push(id)
      expect(await foundIds(store, 'user_id', 'rush')).toEqual(alive.toSorted())
    })
  })
}
