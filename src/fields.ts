/**
 * What may be kept in a session, and as what text.
 *
 * Client libraries flatten arrays and print objects, so a value of the wrong type could become
 * another field. Everything is checked here, before anything is sent.
 */
import { SessionError } from './errors.js'
import type { Changes } from './store/store.js'

/** A value that Redis holds as plain text without loss. */
export type FieldValue = string | number | boolean | bigint

/** What `set` takes: `null` and `undefined` remove the field. */
export type FieldValues = Readonly<Record<string, FieldValue | null | undefined>>

/** Turns the values given to `set` into texts to keep and names to remove. */
export function encodeValues(values: FieldValues): Required<Pick<Changes, 'set' | 'unset'>> {
  if (Object.prototype.toString.call(values) !== '[object Object]') {
    throw new SessionError('ERR_SESSION_FIELD', 'the values of a session must be an object')
  }
  const set = new Map<string, string>()
  const unset: string[] = []
  for (const name of Object.keys(values)) {
    checkName(name)
    const value = values[name]
    if (value === undefined || value === null) unset.push(name)
    else set.set(name, encodeValue(name, value))
  }
  return { set, unset }
}

/**
 * The text of one value, the same for `1` and `'1'`.
 *
 * @throws `ERR_SESSION_FIELD` for what would not come back as the text of what it was.
 */
export function encodeValue(name: string, value: unknown): string {
  switch (typeof value) {
    case 'string':
      // A lone surrogate has no UTF-8 form; it would come back as another character.
      if (value.isWellFormed()) return value
      throw refused(name, 'a string with a lone surrogate')
    case 'number':
      if (Number.isFinite(value)) return String(value)
      throw refused(name, String(value))
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      throw refused(name, describe(value))
  }
}

/** Checks the names given to `unset`. One name needs no array. */
export function encodeNames(fields: string | readonly string[]): string[] {
  const names = typeof fields === 'string' ? [fields] : fields
  if (!Array.isArray(names)) {
    throw new SessionError('ERR_SESSION_FIELD', 'fields must be a name or an array of names')
  }
  for (const name of names) checkName(name)
  return [...names]
}

/** Checks the names given to `get`, where `id` may be asked for: it is always there. */
export function encodeRead(fields?: string | readonly string[]): string[] | undefined {
  if (fields === undefined) return undefined
  const names = typeof fields === 'string' ? [fields] : fields
  return encodeNames(Array.isArray(names) ? names.filter((name) => name !== 'id') : names)
}

/** What `increment` may add: a whole number that is exact. */
export function encodeIncrement(name: string, by: number | bigint): string {
  checkName(name)
  const whole = typeof by === 'bigint' || Number.isSafeInteger(by)
  if (whole && BigInt.asIntN(64, BigInt(by)) === BigInt(by)) return String(by)
  throw refused(name, 'an increment that is not a whole number of 64 bits')
}

function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    throw new SessionError('ERR_SESSION_FIELD', 'a field name must be a text that is not empty')
  }
  if (name === 'id' || name === '__proto__' || name.startsWith('$')) {
    throw new SessionError('ERR_SESSION_FIELD', `the field name "${name}" is reserved`)
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Date) return 'a Date'
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`
}

function refused(name: string, what: string): SessionError {
  return new SessionError('ERR_SESSION_FIELD', `the field "${name}" cannot hold ${what}`)
}
