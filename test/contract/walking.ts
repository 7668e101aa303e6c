import { beforeAll, describe, expect, test } from 'vitest'
import type { Progress, Store } from '../../src/store/store.js'
import { collect, foundIds, freshPrefix, loginMany, POLICY, type Open } from '../support/store.js'

/** More than one page. */
const CROWD = 1200

export function describeWalking(open: Open): void {
  describe('walks over many sessions', () => {
    const who = ['user_id', 'walked'] as const
    const reason = new Error('enough')
    const aborted = AbortSignal.abort(reason)
    let store: Store
    let ids: string[]
    beforeAll(async () => {
      store = await open(POLICY, freshPrefix())
      const values = { user_id: 'walked', org_id: 'walked' }
      const logins = await loginMany(store, CROWD, values)
      ids = logins.map(({ id }) => id)
    })

    /** Those of the crowd that live: they can be read and found by both values, the others not. */
    async function living(): Promise<string[]> {
      // In a set that shrinks a walk may meet one twice.
      const found = [...new Set(await foundIds(store, ...who))]
      expect([...new Set(await foundIds(store, 'org_id', 'walked'))]).toEqual(found)
      const read = await Promise.all(ids.map((id) => store.read(id)))
      expect(ids.filter((_, i) => read[i] !== undefined).toSorted()).toEqual(found)
      return found
    }

    test('do not begin once aborted', async () => {
      const onProgress = () => expect.unreachable()
      await expect(collect(store.find(...who, { signal: aborted }))).rejects.toBe(reason)
      await expect(store.count(...who, { signal: aborted })).rejects.toBe(reason)
      const all = store.revokeAll(...who, { signal: aborted, onProgress })
      await expect(all).rejects.toBe(reason)
      expect(await living()).toHaveLength(CROWD)
    })

    test('count and find all with a signal that is never aborted', async () => {
      const { signal } = new AbortController()
      expect(await store.count(...who, { signal })).toBe(CROWD)
      expect(await collect(store.find(...who, { signal }))).toHaveLength(CROWD)
    })

    test.each([1, 700])('find nothing more once aborted, after %i', async (enough) => {
      const controller = new AbortController()
      let found = 0
      const finding = async () => {
        for await (const { values } of store.find(...who, controller)) {
          expect(values).toMatchObject({ user_id: 'walked' })
          if (++found === enough) controller.abort(reason)
        }
      }
      await expect(finding()).rejects.toBe(reason)
      expect(found).toBe(enough)
    })

    test('end nothing more once aborted, or where onProgress throws or rejects', async () => {
      const controller = new AbortController()
      const stops: Record<string, () => unknown> = {
        abort: () => controller.abort(reason),
        throw: () => {
          throw reason
        },
      }
      let before = CROWD
      for (const stop of Object.values(stops)) {
        const calls: Progress[] = []
        const onProgress = (progress: Progress) => {
          calls.push(progress)
          return stop()
        }
        const { signal } = controller
        const all = store.revokeAll(...who, {
          onProgress,
          signal: signal.aborted ? undefined : signal,
        })
        await expect(all).rejects.toBe(reason)
        const [{ ended }, ...more] = calls as [Progress]
        expect(more).toEqual([])
        expect(ended).toBeGreaterThan(0)
        before -= ended
        expect(await living()).toHaveLength(before)
      }
      expect(before).toBeGreaterThan(0)
    })

    test('report their progress, and wait for onProgress', async () => {
      const [kept, ...others] = await living()
      const calls: Progress[] = []
      let listening = 0
      const onProgress = async (progress: Progress) => {
        expect(listening++).toBe(0)
        calls.push(progress)
        await store.read(kept!)
        listening--
      }
      expect(await store.revokeAll(...who, { except: kept, onProgress })).toBe(others.length)
      expect(listening).toBe(0)
      const total = others.length + 1
      let last: Progress = { ended: 0, seen: 0, total }
      for (const call of calls) {
        expect(call.total).toBe(total)
        expect(call.seen).toBeLessThanOrEqual(total)
        expect(call.seen).toBeGreaterThanOrEqual(last.seen)
        expect(call.ended).toBeGreaterThanOrEqual(last.ended)
        last = call
      }
      expect(last).toEqual({ ended: others.length, seen: total, total })
      expect(await living()).toEqual([kept])
    })

    test('reject with the error of onProgress', async () => {
      const onProgress = () => Promise.reject(reason)
      await expect(store.revokeAll(...who, { onProgress })).rejects.toBe(reason)
      expect(await living()).toEqual([])
      // No page, nothing to tell.
      expect(await store.revokeAll(...who, { onProgress })).toBe(0)
    })
  })
}
