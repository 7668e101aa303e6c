import { fieldError } from '../errors.js'

/** Used by this library, or by every object. */
function isReserved(name: string): boolean {
  return name === 'id' || name === '__proto__' || name.startsWith('$')
}

export function isName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !isReserved(name)
}

export function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    throw fieldError('a field name must be a non-empty, well-formed string')
  }
  if (isReserved(name)) {
    throw fieldError(`the field name "${name}" is reserved`)
  }
}

export function toNames(fields: string | readonly string[]): readonly string[] {
  if (typeof fields === 'string') return [fields]
  if (Array.isArray(fields)) return fields
  throw fieldError('fields must be a name or an array of names')
}
