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

/** Checks the options of a call. */
export function checkOptionNames(caller: string, options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw optionsError(`the options of ${caller} must be an object`)
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw optionsError(`${caller} has no option "${name}"`)
  }
}
