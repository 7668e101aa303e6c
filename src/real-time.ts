/**
 * Time that no fake timers stop. Sinon, Jest and Vitest replace the functions of `globalThis`, `process`,
 * `node:timers` and `node:perf_hooks`, also before this file is loaded; what is used here they leave alone.
 */
import { performance } from 'node:perf_hooks'
import { clearImmediate, setImmediate } from 'node:timers'
import { scheduler } from 'node:timers/promises'

// Fakes are put on the object itself. Bun's own function is there too, and none on the prototype.
const nativeNow = (Reflect.get(Object.getPrototypeOf(performance) as object, 'now') ??
  Reflect.get(performance, 'now')) as () => number

/** A monotonic clock, ms. It is not comparable to `performance.now()`, which a test may have replaced. */
export const now: () => number = nativeNow.bind(performance)

/** `setImmediate` as it is now; if that is a fake, which returns no `Immediate`, a real but slower one. */
export const onNextTurn: (callback: () => void) => void = isReal()
  ? setImmediate
  : (callback) => {
      void scheduler.yield().finally(callback)
    }

function isReal(): boolean {
  const immediate = setImmediate(() => {})
  clearImmediate(immediate)
  return immediate.constructor.name === 'Immediate'
}

export function sleep(ms: number, options?: { readonly signal: AbortSignal }): Promise<void> {
  return scheduler.wait(ms, options)
}

/** Calls back after this time, ms. It keeps no process alive. */
export function setAlarm(ms: number, onTime: () => void): AbortSignal {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(ms)))
  signal.addEventListener('abort', onTime, { once: true })
  return signal
}
