import { SessionError } from '../errors.js'

/** The library's own, and what objects have of their own. */
function isReserved(name: string): boolean {
  return name === 'id' || name === '__proto__' || name.startsWith('$')
}

/** Whether a text can be the name of a field. */
export function isName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !isReserved(name)
}

/** Checks that something can be the name of a field. */
export function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    throw new SessionError('ERR_SESSION_FIELD', 'a field name must be a text that is not empty')
  }
  if (isReserved(name)) {
    throw new SessionError('ERR_SESSION_FIELD', `the field name "${name}" is reserved`)
  }
}

/** A name, or an array of them, as an array. */
export function toNames(fields: string | readonly string[]): readonly string[] {
  if (typeof fields === 'string') return [fields]
  if (Array.isArray(fields)) return fields
  throw new SessionError('ERR_SESSION_FIELD', 'fields must be a name or an array of names')
}
