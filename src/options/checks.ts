import { optionsError } from '../errors.js'

/** Whether a value is an object like those that literals make: no array, no Date. */
export function isObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]'
}

export function checkBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw optionsError(`options.${name} must be true or false`)
  }
}
