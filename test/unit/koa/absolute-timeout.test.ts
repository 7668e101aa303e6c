import { expect, test, vi } from 'vitest'
import { createSite } from '../../support/http-app.js'

test('absoluteMaxAge counts from the last sign-in', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const browser = createSite({ maxAge: '2 hours', absoluteMaxAge: '3 hours' }).browser()
    await browser.visit((s) => s.signIn({ user_id: 1 }))
    for (let hours = 1; hours <= 2; hours++) {
      vi.advanceTimersByTime(3_600_000)
      await browser.visit((s) => s.touch())
    }
    await browser.visit((s) => s.signIn({ user_id: 1 }))
    vi.advanceTimersByTime(90 * 60_000)
    expect((await browser.visit((s) => s.get())).value).toMatchObject({ user_id: '1' })
    await browser.visit((s) => s.touch())
    vi.advanceTimersByTime(91 * 60_000)
    expect((await browser.visit((s) => s.peek())).value).toEqual({})
  } finally {
    vi.useRealTimers()
  }
})
