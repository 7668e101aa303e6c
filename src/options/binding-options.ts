import { optionsError } from '../errors.js'
import type { MaybeFields } from '../fields/types.js'
import type { DeviceBinding } from './device-binding.js'
import type { SessionOptions } from './session-options.js'

/** @throws `ERR_SESSION_OPTIONS` for cookies that browsers do not bind */
export function checkBinding({
  binding,
  secure,
  domain,
  partitioned,
  path = '/',
}: SessionOptions<MaybeFields>): DeviceBinding | undefined {
  if (binding === undefined) return undefined
  if (typeof (binding as Partial<DeviceBinding> | null)?.answer !== 'function') {
    throw optionsError(
      'options.binding must be deviceBound() from koa-redis-session-sets/device-bound',
    )
  }
  if (secure !== true) throw optionsError('options.secure must be true with options.binding')
  if (domain !== undefined) {
    throw optionsError(
      'options.domain cannot be set with options.binding: a binding is for one origin',
    )
  }
  if (partitioned === true) {
    throw optionsError(
      'options.partitioned cannot be true with options.binding: browsers do not bind such cookies',
    )
  }
  if (path !== '/') {
    throw optionsError(
      "options.path must be '/' with options.binding: on other paths the browser would miss the proof, and " +
        'ask for one each time',
    )
  }
  return binding
}
