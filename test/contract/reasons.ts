/** Why a session ended: told for an hour, to the holder of its last secret. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/store.js'
import { createToken } from '../../src/store/token.js'
import { freshPrefix, login, owner, POLICY, renewal, set, type Open } from '../support/store.js'

const REASON = 'password changed: ünïcode, = and spaces'

export function describeReasons(open: Open): void {
  describe('the reason of an end', () => {
    let store: Store
    beforeAll(async () => {
      store = await open(
        {
          ...POLICY,
          references: new Map([
            ...POLICY.references,
            ['seat', { rotate: false, max: 1, onMax: 'evict-oldest' }],
          ]),
        },
        freshPrefix(),
      )
    })

    const reasonOf = async (id: string, secretHash: string) =>
      (await store.explain(id, secretHash, performance.now())).endReason

    test.each<[string, (id: string, secretHash: string, reason?: string) => Promise<unknown>]>([
      [
        'its owner',
        (id, secretHash, reason) => store.delete(id, { owner: owner(secretHash), reason }),
      ],
      ['an operator', (id, _, reason) => store.delete(id, { reason })],
      [
        'another session',
        (id, _, reason) =>
          store.delete(id, { having: { field: 'user_id', value: 'told' }, reason }),
      ],
      ['revokeAll', (_, __, reason) => store.revokeAll('user_id', 'told', { reason })],
    ])('is told where %s gave one', async (_, end) => {
      const told = await login(store, { user_id: 'told' })
      await end(told.id, told.secretHash, REASON)
      expect(await store.read(told.id)).toBeUndefined()
      expect(await reasonOf(told.id, told.secretHash)).toBe(REASON)
      // Ids are public.
      expect(await reasonOf(told.id, createToken(24).secretHash)).toBeUndefined()
      const silent = await login(store, { user_id: 'told' })
      await end(silent.id, silent.secretHash)
      expect(await reasonOf(silent.id, silent.secretHash)).toBeUndefined()
    })

    test('is told to the last secret alone', async () => {
      const { id, secretHash } = await login(store, { user_id: 'renewed' })
      const next = renewal('always')
      await store.update(id, { secretHash, renewal: next })
      await store.revokeAll('user_id', 'renewed', { reason: REASON })
      expect(await reasonOf(id, secretHash)).toBeUndefined()
      expect(await reasonOf(id, next.secretHash)).toBe(REASON)
    })

    test('is the limit where one more signed in', async () => {
      const first = await login(store)
      const signIn = (secretHash: string, id: string) =>
        store.update(id, { ...set({ seat: 'one' }, { secretHash }), since: performance.now() })
      await signIn(first.secretHash, first.id)
      const second = await login(store)
      await signIn(second.secretHash, second.id)
      expect(await store.read(first.id)).toBeUndefined()
      expect(await reasonOf(first.id, first.secretHash)).toBe('limit')
    })

    test('changes nothing for requests that began before the end, or after it', async () => {
      const { id, secretHash } = await login(store, { user_id: 'slow' })
      const began = performance.now() - 1000
      await store.revokeAll('user_id', 'slow', { reason: REASON })
      expect((await store.explain(id, secretHash, began)).refusal).toBe('ended')
      expect((await store.explain(id, secretHash, performance.now() + 1000)).refusal).toBe('gone')
      expect(await store.update(id, set({ a: 1 }, { secretHash }))).toMatchObject({
        refusal: 'gone',
      })
    })
  })
}
