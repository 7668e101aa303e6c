import { now } from '../../real-time.js'
import type { Moment } from '../store.js'

/** How long a reading of the clock is relied on, ms. */
const RELIED_ON_FOR = 60_000

interface Reading {
  readonly time: number
  readonly sentAt: number
  readonly receivedAt: number
}

function toMoment({ time, sentAt, receivedAt }: Reading, at: number): Moment {
  return { earliest: time + at - receivedAt, latest: time + at - sentAt }
}

/** Redis's clock, by this process's monotonic one. Redis read it at some moment of the exchange. */
export class ServerClock {
  #reading: Reading | undefined
  #asking: Promise<Reading> | undefined

  /** @param ask - reads Redis's clock, ms */
  now(ask: () => Promise<number>): Moment | Promise<Moment> {
    const reading = this.#reading
    const at = now()
    return reading !== undefined && at - reading.receivedAt <= RELIED_ON_FOR
      ? toMoment(reading, at)
      : this.#askedNow(ask)
  }

  async #askedNow(ask: () => Promise<number>): Promise<Moment> {
    const reading = await (this.#asking ??= this.#read(ask))
    return toMoment(reading, now())
  }

  async #read(ask: () => Promise<number>): Promise<Reading> {
    try {
      const sentAt = now()
      const time = await ask()
      return (this.#reading = { time, sentAt, receivedAt: now() })
    } finally {
      this.#asking = undefined
    }
  }
}
