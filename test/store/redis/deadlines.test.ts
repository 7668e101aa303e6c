/** Deadlines where an application's own tests replace the timers. */
import { afterEach, expect, test, vi } from 'vitest'
import { Deadlines } from '../../../src/store/redis/deadlines.js'

afterEach(() => {
  vi.useRealTimers()
})

test('hold again once a test has put the timers back', async () => {
  const deadlines = new Deadlines(50)
  const never = () => new Promise(() => {})
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  void deadlines.wait(deadlines.start(), never).catch(() => {})
  vi.useRealTimers()
  // As if the test had gone on for a while.
  const later = performance.now() + 60_000
  vi.spyOn(performance, 'now').mockImplementation(() => later)
  const waiting = deadlines.wait(deadlines.start(), never)
  vi.restoreAllMocks()
  vi.spyOn(performance, 'now').mockImplementation(() => later + 60_000)
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
})
