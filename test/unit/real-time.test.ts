import { expect, test, vi } from 'vitest'

test('the clock and the timers are real where Vitest had replaced them before', async () => {
  vi.useFakeTimers()
  vi.resetModules()
  const { now, onNextTurn, setAlarm, sleep } = await import('../../src/real-time.js')
  const began = now()
  await new Promise<void>((resolve) => onNextTurn(resolve))
  await sleep(5)
  await new Promise<void>((resolve) => void setAlarm(5, resolve))
  expect(now() - began).toBeGreaterThanOrEqual(9)
  vi.useRealTimers()
})
