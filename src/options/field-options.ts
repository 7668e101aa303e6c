import { optionsError } from '../errors.js'
import { type Field, isField } from '../fields/codec.js'
import { isName } from '../fields/names.js'
import type { Fields } from '../fields/types.js'
import { LARGEST_LIMIT, type ReferencePolicy } from '../store/store.js'
import { isObject } from './checks.js'
import type { ReferenceOptions, SessionOptions } from './session-options.js'

export function checkFields(fields: Fields): ReadonlyMap<string, Field> {
  if (!isObject(fields)) {
    throw optionsError('options.fields must be an object such as { user_id: field.number() }')
  }
  for (const [name, declared] of Object.entries(fields)) {
    if (!isName(name)) {
      throw optionsError(`options.fields.${name}: this is not a valid field name`)
    }
    if (!isField(declared)) {
      throw optionsError(`options.fields.${name} must be a declaration such as field.string()`)
    }
  }
  return new Map(Object.entries(fields))
}

export function checkReferences(
  references: NonNullable<SessionOptions['references']>,
  declared: ReadonlyMap<string, Field> | undefined,
): ReadonlyMap<string, ReferencePolicy> {
  if (!isObject(references)) {
    throw optionsError('options.references must be an object such as { user_id: {} }')
  }
  const checked = Object.entries(references).map(([field, options]): [string, ReferencePolicy] => {
    const name = `options.references.${field}`
    // In the key of a set, braces and colons separate field and value.
    if (!isName(field) || /[{}:]/.test(field)) {
      throw optionsError(`${name}: this is not a valid name of a reference`)
    }
    if (declared?.has(field) === false) {
      throw optionsError(`${name} is not among options.fields`)
    }
    if (declared?.get(field)?.kind === 'json') {
      throw optionsError(
        `${name} cannot be a JSON field: JSON can encode one value as several strings`,
      )
    }
    if (options === true) return [field, { rotate: true }]
    if (!isObject(options)) throw optionsError(`${name} must be {} or true`)
    return [field, checkReferenceOptions(name, options)]
  })
  return new Map(checked)
}

function checkReferenceOptions(name: string, options: ReferenceOptions): ReferencePolicy {
  for (const option of Object.keys(options)) {
    if (!['rotate', 'max', 'onMax'].includes(option)) {
      throw optionsError(`${name}: there is no option "${option}"`)
    }
  }
  const { rotate = true, max } = options
  if (typeof rotate !== 'boolean') throw optionsError(`${name}.rotate must be true or false`)
  if (max === undefined) {
    if (options.onMax !== undefined) throw optionsError(`${name}.onMax needs ${name}.max`)
    return { rotate }
  }
  if (!Number.isInteger(max) || max < 1 || max > LARGEST_LIMIT) {
    throw optionsError(`${name}.max must be a whole number from 1 to ${LARGEST_LIMIT}`)
  }
  const { onMax = 'evict-oldest' } = options
  if (onMax !== 'evict-oldest' && onMax !== 'refuse') {
    throw optionsError(`${name}.onMax must be 'evict-oldest' or 'refuse'`)
  }
  return { rotate, max, onMax }
}
