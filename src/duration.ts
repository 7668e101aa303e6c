import ms from 'ms'
import { wrongOption } from './errors.js'
import type { Duration } from './options.js'

/** 1,000 years: what is longer is a mistake, and past what Redis can count. */
const LONGEST = 1000 * 365.25 * 24 * 60 * 60 * 1000

/**
 * A time in ms.
 *
 * @throws `ERR_SESSION_OPTIONS` for what is no time, or none that a session can live: 0, less, NaN
 */
export function toMs(name: string, time: Duration): number {
  const text = typeof time === 'string' ? time.trim() : ''
  // `ms` throws for an empty text and for a very long one.
  const value = text === '' || text.length > 100 ? time : ms(text as ms.StringValue)
  if (typeof value === 'number' && value >= 1 && value <= LONGEST) return Math.round(value)
  throw wrongOption(
    `${name} must be a time of at least 1 ms: a number of ms, or a text like '28 days'`,
  )
}

/** The part of a change that a caller's `maxAge` makes. */
export function ownMaxAge(maxAge: Duration | undefined): { maxAge?: number } {
  return maxAge === undefined ? {} : { maxAge: toMs('maxAge', maxAge) }
}
