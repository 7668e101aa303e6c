import { optionsError } from '../errors.js'
import { checkOptionNames } from '../options/checks.js'

/** The options of what ends sessions. */
export interface EndOptions {
  /**
   * Why: at most 100 characters, such as `'password changed'`. For an hour the browser of an ended session can read it,
   * as `ctx.session.endReason`, and `signal` has it. Each ended session then takes a small key for that hour.
   */
  readonly reason?: string | undefined
}

/** @throws `ERR_SESSION_OPTIONS` */
export function checkEndOptions(caller: string, options: EndOptions): string | undefined {
  checkOptionNames(caller, options, ['reason'])
  return checkReason(options)
}

const LONGEST_REASON = 100

export function checkReason({ reason }: EndOptions): string | undefined {
  if (reason === undefined) return undefined
  const isText = typeof reason === 'string' && reason.isWellFormed()
  if (isText && reason !== '' && reason.length <= LONGEST_REASON) return reason
  throw optionsError(`options.reason must be a string of 1 to ${LONGEST_REASON} characters`)
}
