import { expect, test } from 'vitest'
import { now } from '../../../../src/real-time.js'
import { ServerClock } from '../../../../src/store/redis/server-clock.js'

/** Another clock, an hour ahead of this process's. */
const ahead = (): number => now() + 3_600_000

test('its time lies between what it says, however slow the answer', async () => {
  for (const answersAfter of [0, 150]) {
    const clock = new ServerClock()
    const ask = async (): Promise<number> => {
      const time = ahead()
      if (answersAfter > 0) await new Promise((resolve) => setTimeout(resolve, answersAfter))
      return time
    }
    for (let i = 0; i < 3; i++) {
      const { earliest, latest } = await clock.now(ask)
      const time = ahead()
      expect(earliest).toBeLessThanOrEqual(time)
      expect(latest).toBeGreaterThanOrEqual(time - 1)
      expect(latest - earliest).toBeGreaterThanOrEqual(answersAfter - 2)
    }
  }
})

test('it asks once for all who wait, and then not for a minute', async () => {
  const clock = new ServerClock()
  let asked = 0
  const ask = async (): Promise<number> => {
    asked++
    return ahead()
  }
  await Promise.all([clock.now(ask), clock.now(ask), clock.now(ask)])
  await clock.now(ask)
  expect(asked).toBe(1)
})

test('it asks again where there was no answer', async () => {
  const clock = new ServerClock()
  await expect(clock.now(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
  const { latest } = await clock.now(async () => ahead())
  expect(Math.abs(latest - ahead())).toBeLessThan(1000)
})
