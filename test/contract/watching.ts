import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store, StorePolicy } from '../../src/store/store.js'
import { createId, createToken } from '../../src/store/token.js'
import {
  freshPrefix,
  HOUR,
  login,
  owner,
  type Open,
  POLICY,
  renewal,
  set,
} from '../support/store.js'

/** Watches a session, and counts how often its end is told. */
function watch(store: Store, id: string) {
  let times = 0
  let onEnd = (): void => {}
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve
  })
  const stop = store.watch(id, {
    owns: () => true,
    proves: () => true,
    onEnd: () => {
      times++
      onEnd()
    },
  })
  return { ended, stop, times: () => times }
}

export function describeWatching(open: Open): void {
  describe('watching', () => {
    const prefix = freshPrefix()
    const stores: Store[] = []
    const openStore = async (policy: StorePolicy = POLICY): Promise<Store> => {
      const store = await open(policy, prefix)
      stores.push(store)
      return store
    }
    let here: Store
    let elsewhere: Store
    beforeAll(async () => {
      here = await openStore()
      elsewhere = await openStore()
    })
    afterAll(() => Promise.all(stores.map((store) => store.close())))

    /** Resolves once `store` is sure to hear of what happens from now on, and has heard all else. */
    async function settle(store: Store): Promise<void> {
      const { id } = await login(store)
      const { ended } = watch(store, id)
      await store.delete(id)
      await ended
    }

    /** Watches a session whose end is put off: on a busy machine its own end may come sooner. */
    async function watchPutOff() {
      for (;;) {
        const { id: longer } = await login(here, {}, 400)
        const put = watch(here, longer)
        await settle(here)
        const updated = await elsewhere.update(longer, { maxAge: HOUR })
        if (!('refusal' in updated)) return { longer, put }
        await put.ended
      }
    }

    const ENDINGS: [string, (store: Store, id: string, secretHash: string) => Promise<unknown>][] =
      [
        ['its owner', (store, id, secretHash) => store.delete(id, { owner: owner(secretHash) })],
        ['the operator', (store, id) => store.delete(id)],
        ['revokeAll', (store, id) => store.revokeAll('user_id', id)],
        ['revokeAll of others', (store) => store.revokeAll('org_id', 'w', { except: createId() })],
      ]
    test.each(ENDINGS)(
      'calls each watcher once when the session is ended by %s',
      async (_, end) => {
        const token = createToken(24)
        const { id, secretHash } = token
        await here.create(id, secretHash, set({ user_id: id, org_id: 'w' }))
        const watches = [here, here, elsewhere].map((store) => watch(store, id))
        await end(elsewhere, id, secretHash)
        await Promise.all(watches.map(({ ended }) => ended))
        expect(await elsewhere.delete(id)).toBe('gone')
        await settle(here)
        await settle(elsewhere)
        expect(watches.map(({ times }) => times())).toEqual([1, 1, 1])
      },
    )

    test('calls the watcher however soon the session ends', async () => {
      const logins = await Promise.all(Array.from({ length: 50 }, () => login(here)))
      const watches = logins.map(({ id }) => watch(here, id))
      await Promise.all(logins.map(({ id }) => elsewhere.delete(id)))
      await Promise.all(watches.map(({ ended }) => ended))
    })

    test('calls the watcher of a missing session, but not synchronously', async () => {
      const { id } = await login(here)
      await here.delete(id)
      for (const gone of [id, createId(), 'rubbish', '']) {
        const { ended, times } = watch(here, gone)
        expect(times()).toBe(0)
        await ended
      }
    })

    test('does not call the watcher of a live session', async () => {
      const { id, secretHash } = await login(here, { user_id: 1 })
      const { times } = watch(here, id)
      await settle(here)
      const next = renewal('always')
      await elsewhere.update(id, { secretHash, renewal: next })
      await elsewhere.update(id, set({ user_id: 2 }))
      await elsewhere.update(id, { maxAge: 24 * HOUR })
      await elsewhere.delete(id, { owner: owner(createToken(24).secretHash) })
      await elsewhere.revokeAll('user_id', '1')
      await elsewhere.revokeAll('user_id', '2', { except: id })
      await settle(here)
      expect(times()).toBe(0)
    })

    test('calls the watcher when the session expires, not when it would have before', async () => {
      const { longer, put } = await watchPutOff()
      const { id, lifetime } = await login(here, {}, 400)
      await watch(here, id).ended
      // The clocks of a machine's processes are one.
      expect(Date.now()).toBeGreaterThanOrEqual(lifetime.expiresAt)
      expect(await here.read(longer)).toBeDefined()
      expect(put.times()).toBe(0)
      await elsewhere.delete(longer)
      await put.ended
    })

    test('calls the watcher when the session expires sooner than it would have', async () => {
      const logins = await Promise.all([login(here, { a: 1, b: 1 }), login(here, {}, 24 * HOUR)])
      const [emptied, hurried] = logins.map(({ id }) => ({ id, ...watch(here, id) }))
      await settle(here)
      const brief = await openStore({ ...POLICY, emptyMaxAge: 30 })
      await brief.update(emptied!.id, { unset: ['a', 'b'] })
      await elsewhere.update(hurried!.id, { maxAge: 30 })
      await Promise.all([emptied!.ended, hurried!.ended])
      for (const { id } of logins) expect(await here.read(id)).toBeUndefined()
    })

    test('waits longer than a timer can', async () => {
      // Node says so where a timer is too long, and does not wait at all.
      const warnings: Error[] = []
      const onWarning = (warning: Error): void => void warnings.push(warning)
      process.on('warning', onWarning)
      const { id } = await login(here, { a: 1 }, 365 * 24 * HOUR)
      const { times } = watch(here, id)
      await settle(here)
      await nextTurn()
      process.off('warning', onWarning)
      expect(times()).toBe(0)
      expect(warnings).toEqual([])
    })

    test.each([
      ['a plain field', set({ a: 1 })],
      ['a reference', set({ user_id: 'new' })],
    ])('calls the watcher when a write of %s meets the absolute timeout', async (_, update) => {
      const { id } = await login(here, { user_id: 'absolute' })
      const { ended } = watch(here, id)
      await settle(here)
      const shorter = await openStore({ ...POLICY, absoluteMaxAge: 1 })
      const { createdAt } = (await here.inspect(id))!
      while (Date.now() <= createdAt + 1) await nextTurn()
      expect(await shorter.update(id, update)).toMatchObject({ refusal: 'gone' })
      await ended
    })

    test('stops for one watcher, and goes on for another', async () => {
      const { id } = await login(here)
      const [first, second, third] = [watch(here, id), watch(here, id), watch(here, id)]
      first.stop()
      await settle(here)
      second.stop()
      second.stop()
      await here.delete(id)
      await third.ended
      third.stop()
      expect([first, second].map(({ times }) => times())).toEqual([0, 0])
    })

    test('can begin again after it stopped', async () => {
      const { id } = await login(here)
      const { stop, times } = watch(here, id)
      await settle(here)
      stop()
      const { ended } = watch(here, id)
      await here.delete(id)
      await ended
      expect(times()).toBe(0)
    })

    test('loses no watcher while others come and go', async () => {
      const again = []
      for (let i = 0; i < 36; i++) {
        const { id } = await login(here)
        const { stop } = watch(here, id)
        for (let turns = 0; turns < i % 6; turns++) await nextTurn()
        stop()
        for (let turns = 0; turns < i / 6; turns++) await nextTurn()
        again.push({ id, ...watch(here, id) })
      }
      await settle(here)
      for (const { id, ended } of again) {
        await elsewhere.delete(id)
        await ended
      }
    })

    test('ends with close, after which other methods still work', async () => {
      const store = await openStore()
      const { id } = await login(store)
      const [one, other] = [watch(store, id), watch(here, id)]
      await settle(store)
      await store.close()
      await store.close()
      one.stop()
      expect(() =>
        store.watch(id, { owns: () => true, proves: () => true, onEnd: () => {} }),
      ).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
      expect(await store.delete(id)).toBe('deleted')
      await other.ended
      expect(one.times()).toBe(0)
    })
  })
}
