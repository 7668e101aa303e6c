/** When a value was last revoked. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/store.js'
import { elapsedSince, freshPrefix, login, type Open, POLICY } from '../support/store.js'

export function describeRevokedAgo(open: Open): void {
  describe.each([false, true])('revokedAgo, with adopts %s', (adopts) => {
    let store: Store
    beforeAll(async () => {
      store = await open({ ...POLICY, adopts }, freshPrefix())
    })

    test('is undefined where no revokeAll was called, whatever else ended', async () => {
      expect(await store.revokedAgo('user_id', 'never')).toBeUndefined()
      const { id } = await login(store, { user_id: 'never' })
      await store.delete(id)
      await store.revokeAll('user_id', 'another')
      await store.revokeAll('org_id', 'never')
      expect(await store.revokedAgo('user_id', 'never')).toBeUndefined()
    })

    test('counts from the last revokeAll, also of a value that nobody has', async () => {
      const start = performance.now()
      await store.revokeAll('user_id', 'nobody')
      const revoked = performance.now()
      while (performance.now() < revoked + 20);
      const ago = await store.revokedAgo('user_id', 'nobody')
      expect(ago).toBeGreaterThanOrEqual(18)
      expect(ago).toBeLessThanOrEqual(elapsedSince(start))
      const again = performance.now()
      await store.revokeAll('user_id', 'nobody')
      expect(await store.revokedAgo('user_id', 'nobody')).toBeLessThanOrEqual(elapsedSince(again))
    })

    test('is known as soon as sessions end', async () => {
      await login(store, { user_id: 'walked' })
      let ago: number | undefined
      const onProgress = async () => (ago ??= await store.revokedAgo('user_id', 'walked'))
      await store.revokeAll('user_id', 'walked', { onProgress })
      expect(ago).toBeGreaterThanOrEqual(0)
    })
  })
}
