import { isDate } from 'node:util/types'
import { Unfit } from './codec.js'

/** How many arrays and objects may be around a value: other languages read no deeper either (PHP 512). */
const MOST_DEPTH = 500

/**
 * Whether JSON says a value as it is. `false` for what it changes in a way that a schema may undo: a
 * Date becomes a text, `undefined` is left out.
 *
 * It is told by structure, not by this realm's prototypes: Jest runs an application in a realm of its
 * own, and Node's modules hand out objects of another one.
 *
 * @throws {Unfit} for what would lose what it is without a trace, and for what is nested too deep
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
      throw new Unfit(`a ${typeof value}`)
  }
}

function isJsonObject(value: object, depth: number): boolean {
  // An object that holds itself is deeper than any.
  if (depth >= MOST_DEPTH) throw new Unfit(`what is nested more than ${MOST_DEPTH} deep`)
  if (!isPlain(value)) throw new Unfit('an instance of a class')
  const names = Object.keys(value)
  const lengths = Array.isArray(value) ? 1 : 0
  if (Reflect.ownKeys(value).length !== names.length + lengths) {
    throw new Unfit('an object with keys that are symbols or hidden')
  }
  if (Array.isArray(value) && names.length !== value.length) {
    throw new Unfit('an array with holes or with names')
  }
  let json = true
  // Each is looked at: behind a Date there may be what has to be refused.
  for (const name of names) {
    if (!isJson((value as Record<string, unknown>)[name], depth + 1)) json = false
  }
  return json
}

/** An array or an object as literals make them, in any realm, or an object without a prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // `Array.prototype` is an array itself; that of a class which extends it is none.
  if (Array.isArray(value)) return Array.isArray(prototype)
  if (typeof prototype !== 'object' || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}
