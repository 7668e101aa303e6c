import { optionsError } from '../errors.js'
import type { Calls } from './calls.js'

/** An own property: private fields would cost more, as would a `WeakMap`. */
export const TARGET = Symbol('target')

export const CALLS = Symbol('calls')

/** What a class has to have for `guard`. */
interface Guarded {
  readonly [TARGET]: Guarded
  readonly [CALLS]: Calls
}

/** The object behind a guarded one. Private fields can be read only there. */
export function targetOf<T extends Guarded>(guarded: T): T {
  return guarded[TARGET] as T
}

const refuse = (_: object, name: string | symbol): never => {
  const instead = name === 'maxAge' ? 'touch(maxAge)' : 'set({ … }) or ctx.session.unset(…)'
  throw optionsError(
    `ctx.session.${String(name)} cannot be assigned or deleted: call await ctx.session.${instead}`,
  )
}

const TRAPS: ProxyHandler<object> = {
  set: refuse,
  defineProperty: refuse,
  deleteProperty: refuse,
  setPrototypeOf: (target) => refuse(target, '__proto__'),
}

/** The object that the application gets: assignments to it throw, also in sloppy mode. */
export function guard<T extends Guarded>(target: T): T {
  return new Proxy(target, TRAPS) as T
}

/** A function in place of their values is refused as values. */
const TAKES_VALUES: ReadonlySet<string> = new Set(['set', 'signIn'])

type Method = (...args: unknown[]) => unknown

/**
 * Prepares a class for `guard`: its methods run on the target, and their promises are tracked.
 *
 * @param detached - the methods that send no cookie
 */
export function guardMethods(
  { prototype }: { readonly prototype: Guarded },
  detached: ReadonlySet<string>,
): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === 'constructor') continue
    const { get, value } = property as { get?: () => unknown; value?: Method }
    if (get !== undefined) {
      Object.defineProperty(prototype, name, {
        ...property,
        get(this: Guarded) {
          return get.call(targetOf(this))
        },
      })
    }
    if (value !== undefined) {
      const method = guardMethod(name, value, !detached.has(name))
      Object.defineProperty(prototype, name, { ...property, value: method })
    }
  }
}

function guardMethod(name: string, method: Method, sendsCookie: boolean): Method {
  return function (this: Guarded, ...args) {
    if (typeof args.at(-1) === 'function' && (args.length > 1 || !TAKES_VALUES.has(name))) {
      throw callbackError(name)
    }
    const target = targetOf(this)
    const result = method.apply(target, args)
    return result instanceof Promise ? target[CALLS].track(result, sendsCookie) : result
  }
}

/** Thrown, not rejected: a caller that passes a callback waits for it, and takes no promise. */
function callbackError(name: string): Error {
  return optionsError(`ctx.session.${name} takes no callback: it returns a promise`)
}
