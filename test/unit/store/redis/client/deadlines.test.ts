/** Deadlines where an application's own tests replace the timers. */
import { afterEach, expect, test, vi } from 'vitest'
import { Deadlines } from '../../../../../src/store/redis/client/deadlines.js'

afterEach(() => {
  vi.useRealTimers()
})

test('hold again once a test has put back a clock that it had set ahead', async () => {
  const deadlines = new Deadlines(50)
  const never = () => new Promise(() => {})
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  vi.advanceTimersByTime(86_400_000 + performance.now())
  void deadlines.wait(deadlines.start(), never).catch(() => {})
  vi.useRealTimers()
  const waiting = deadlines.wait(deadlines.start(), never)
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
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
