import type { Session } from '../../../src/index.js'
import { describe, expect, test, vi } from 'vitest'
import { MemoryStore } from '../../../src/index.js'
import { until } from '../../support/until.js'
import { createSite, STORES } from '../../support/http-app.js'

describe('rolling', () => {
  test('get touches after the given time, or always with true', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      for (const [rolling, after] of [
        ['10 minutes', 10 * 60_000],
        [true, 0],
      ] as const) {
        const site = createSite({ rolling, maxAge: '1 hour' })
        const browser = site.browser()
        await browser.visit((s) => s.set({ user_id: 1, a: 'x' }))
        if (after > 0) {
          vi.advanceTimersByTime(after - 1)
          expect((await browser.visit((s) => s.get())).setCookies).toEqual([])
          vi.advanceTimersByTime(1)
        }
        const { value } = await browser.visit((s) => s.get(['a']))
        expect(value).toEqual({ id: expect.any(String), a: 'x' })
        vi.advanceTimersByTime(59 * 60_000)
        expect((await browser.visit((s) => s.peek(['a']))).value).toHaveProperty('a')
      }
    } finally {
      vi.useRealTimers()
    }
  })

  test('a shorter maxAge reaches sessions that are only read', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const store = new MemoryStore()
      const before = createSite({ store, prefix: 'shorter' }).browser()
      await before.visit((s) => s.set({ a: 1 }))
      const browser = createSite({
        store,
        prefix: 'shorter',
        maxAge: '1 hour',
        rolling: '5 minutes',
      }).browser()
      browser.cookies.set('session-id', before.cookie!)
      await browser.visit((s) => s.get())
      vi.advanceTimersByTime(60 * 60_000 + 1)
      expect((await browser.visit((s) => s.peek())).value).toEqual({})
    } finally {
      vi.useRealTimers()
    }
  })

  test('keeps to the maxAge of a call, and to the absolute timeout', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const site = createSite({ rolling: true, maxAge: '1 hour', absoluteMaxAge: '3 days' })
      const browser = site.browser()
      await browser.visit((s) => s.set({ user_id: 1 }, '1 day'))
      for (let hours = 0; hours < 71; hours++) {
        vi.advanceTimersByTime(60 * 60_000)
        expect((await browser.visit((s) => s.get())).value['user_id']).toBe('1')
      }
      vi.advanceTimersByTime(60 * 60_000)
      expect((await browser.visit((s) => s.peek())).value).toEqual({})
    } finally {
      vi.useRealTimers()
    }
  })

  test.each(STORES)('works in %s', async (_, store) => {
    const site = createSite({ ...store(), rolling: '1 hour', maxAge: '2 hours' })
    const browser = site.browser()
    await browser.visit((s) => s.set({ user_id: 'rolling', a: 'x' }))
    expect((await browser.visit((s) => s.get())).setCookies).toEqual([])
    const eager = createSite({ ...store(), rolling: true })
    const other = eager.browser()
    await other.visit((s) => s.set({ user_id: 'rolling', a: 'x' }))
    const { id } = (await other.visit((s) => s.get())).value
    const ends = async () => {
      for await (const found of eager.Session.find('user_id', 'rolling')) {
        if (found.id === id) return found.expiresAt.getTime()
      }
    }
    for (const method of ['get', 'peek'] as const) {
      const before = await ends()
      await other.visit((s) => s.peek('a', { touch: false }))
      expect(await ends()).toBe(before)
      await until(`a ${method} has moved the end`, async () => {
        const read = (s: Session) => (method === 'get' ? s.get(['a']) : s.peek(['a']))
        expect((await other.visit(read)).value).toEqual({ id, a: 'x' })
        return (await ends())! > before!
      })
    }
    await eager.Session.revokeAll('user_id', 'rolling')
    expect((await other.visit((s) => s.peek())).value).toEqual({})
  })
})
