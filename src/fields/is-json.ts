import { isDate } from 'node:util/types'
import { InvalidValueError } from './codec.js'

/** JSON parsers of other languages have limits too (PHP: 512). */
const MAX_DEPTH = 500

/**
 * Whether a value survives JSON unchanged. `false` for changes that a schema may undo: a Date becomes
 * a string, `undefined` is left out.
 *
 * It checks structure, not this realm's prototypes: Jest runs an application in a realm of its own.
 *
 * @throws {InvalidValueError} for a value that JSON would silently corrupt, or that is nested too deep
 */
export function isJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      return value === null || (!isDate(value) && isJsonObject(value, depth))
    case 'undefined':
    case 'bigint':
      return false
    default:
      throw new InvalidValueError(`a ${typeof value}`)
  }
}

function isJsonObject(value: object, depth: number): boolean {
  // This also stops at an object that contains itself.
  if (depth >= MAX_DEPTH) {
    throw new InvalidValueError(`a value nested more than ${MAX_DEPTH} levels deep`)
  }
  if (!isPlain(value)) throw new InvalidValueError('a class instance')
  const names = Object.keys(value)
  const lengths = Array.isArray(value) ? 1 : 0
  if (Reflect.ownKeys(value).length !== names.length + lengths) {
    throw new InvalidValueError('an object with symbol or non-enumerable keys')
  }
  if (Array.isArray(value) && names.length !== value.length) {
    throw new InvalidValueError('an array with holes or named properties')
  }
  let json = true
  // All of them: after a Date there may be a value to refuse.
  for (const name of names) {
    if (!isJson((value as Record<string, unknown>)[name], depth + 1)) json = false
  }
  return json
}

/** An array or object like those that literals make, in any realm, or an object without a prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // `Array.prototype` is itself an array; the prototype of a subclass is not.
  if (Array.isArray(value)) return Array.isArray(prototype)
  if (typeof prototype !== 'object' || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}
