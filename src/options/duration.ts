import ms from 'ms'
import { optionsError } from '../errors.js'
import type { Duration } from './session-options.js'

/** 1,000 years, in ms. */
const LONGEST = 1000 * 365.25 * 24 * 60 * 60 * 1000

/**
 * Converts a duration to ms.
 *
 * @throws `ERR_SESSION_OPTIONS`, naming the option, unless it is from 1 ms to 1,000 years
 */
export function toMs(name: string, time: Duration): number {
  const trimmed = typeof time === 'string' ? time.trim() : ''
  // `ms` throws for an empty string and for one of more than 100 characters.
  const value = trimmed === '' || trimmed.length > 100 ? time : ms(trimmed as ms.StringValue)
  if (typeof value === 'number' && value >= 1 && value <= LONGEST) return Math.round(value)
  throw optionsError(
    `${name} must be from 1 ms to 1,000 years: a number of ms, or a string such as '28 days'`,
  )
}

/** The `maxAge` of a store's `Changes`, from that of a call. */
export function parseMaxAge(maxAge: Duration | undefined): number | undefined {
  return maxAge === undefined ? undefined : toMs('maxAge', maxAge)
}
