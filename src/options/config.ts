import { optionsError } from '../errors.js'
import { FieldSet } from '../fields/field-set.js'
import type { Fields, MaybeFields } from '../fields/types.js'
import { LONGEST_TIMEOUT } from '../store/redis/indexing/timing.js'
import type { Store, StorePolicy } from '../store/store.js'
import type { Adopt } from './adoption.js'
import { checkBinding } from './binding-options.js'
import { checkBoolean } from './checks.js'
import type { DeviceBinding } from './device-binding.js'
import { checkCookieOptions } from './cookie-options.js'
import { toMs } from './duration.js'
import { checkFields, checkReferences } from './field-options.js'
import { openStore } from './open-store.js'
import type { CookieOptions, SessionOptions } from './session-options.js'

/** The checked options, with their defaults. */
export interface Config {
  readonly store: Store
  readonly policy: StorePolicy
  readonly fields: FieldSet
  readonly persistent: boolean
  /** `get` touches a session that has been idle for this long, ms; `undefined`: never. */
  readonly rolling: number | undefined
  readonly byteLength: number
  readonly key: string
  readonly cookie: CookieOptions
  /** How long a call may wait, ms. */
  readonly timeout: number
  /** Finds sessions of a library before. */
  readonly adopt: Adopt<unknown> | undefined
  /** Binds sessions to devices. */
  readonly binding: DeviceBinding | undefined
}

const NAMES: ReadonlySet<string> = new Set<keyof SessionOptions<Fields>>([
  'absoluteMaxAge',
  'adopt',
  'binding',
  'byteLength',
  'client',
  'cluster',
  'domain',
  'emptyMaxAge',
  'fields',
  'httpOnly',
  'key',
  'maxAge',
  'onUndecodable',
  'partitioned',
  'path',
  'persistent',
  'prefix',
  'priority',
  'references',
  'rolling',
  'sameSite',
  'secure',
  'signed',
  'store',
  'timeout',
])

/**
 * Checks the options and fills in the defaults.
 *
 * @throws `ERR_SESSION_OPTIONS`, naming the option
 */
export function checkOptions(options: SessionOptions<MaybeFields>): Config {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw optionsError('options must be an object')
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw optionsError(`there is no option "${name}"`)
  }
  const {
    fields,
    onUndecodable = 'absent',
    references = {},
    maxAge = '28 days',
    emptyMaxAge = '1 hour',
    absoluteMaxAge,
    adopt,
    persistent = true,
    rolling = false,
    byteLength = 24,
    timeout: time = '3 seconds',
  } = options
  if (!Number.isInteger(byteLength) || byteLength < 16 || byteLength > 128) {
    throw optionsError('options.byteLength must be a whole number from 16 to 128')
  }
  const declared = fields === undefined ? undefined : checkFields(fields)
  const binding = checkBinding(options)
  const timeout = toMs('options.timeout', time)
  if (timeout > LONGEST_TIMEOUT) throw optionsError('options.timeout must be at most 30 seconds')
  if (adopt !== undefined && typeof adopt !== 'function') {
    throw optionsError('options.adopt must be a function, such as fromKoaSession() makes')
  }
  const policy: StorePolicy = {
    binds: binding !== undefined,
    adopts: adopt !== undefined,
    references: checkReferences(references, declared),
    maxAge: toMs('options.maxAge', maxAge),
    emptyMaxAge: toMs('options.emptyMaxAge', emptyMaxAge),
    absoluteMaxAge:
      absoluteMaxAge === undefined ? undefined : toMs('options.absoluteMaxAge', absoluteMaxAge),
  }
  checkBoolean('persistent', persistent)
  if (onUndecodable !== 'absent' && onUndecodable !== 'throw') {
    throw optionsError("options.onUndecodable must be 'absent' or 'throw'")
  }
  return {
    store: openStore(options, timeout, policy),
    timeout,
    adopt,
    policy,
    fields: new FieldSet({
      declared,
      references: policy.references.keys(),
      onUndecodable,
    }),
    persistent,
    rolling:
      typeof rolling === 'boolean' ? (rolling ? 0 : undefined) : toMs('options.rolling', rolling),
    byteLength,
    binding,
    ...checkCookieOptions(options),
  }
}
