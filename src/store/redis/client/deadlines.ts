import { SessionError } from '../../../errors.js'
import { realSetImmediate } from './immediate.js'

/** A timer that is this many ms late or early will not fire: a test has replaced it, or the clock. */
const STALE = 1000

interface Waiting {
  readonly until: number
  readonly reject: (error: SessionError) => void
}

/** Bounds how long calls wait for Redis. They share one timer: one for each would cost more than a command. */
export class Deadlines {
  readonly #timeout: number
  readonly #waiting = new Set<Waiting>()
  /** When the timer fires; `-Infinity` without one. */
  #armedFor = -Infinity
  #timer: NodeJS.Timeout | undefined

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** When a call that begins now has to give up, by `performance.now()`. It may send several commands. */
  start(): number {
    return performance.now() + this.#timeout
  }

  /**
   * Waits for a command's reply until the call's deadline. A command that was sent cannot be taken back.
   *
   * @param read - what to make of the reply; a reply that it cannot read is an error
   * @throws `ERR_SESSION_STORE`, with the command's own error as its `cause`
   */
  wait<T>(until: number, command: () => Promise<T>): Promise<T>
  wait<T, R>(until: number, command: () => Promise<T>, read: (reply: T) => R): Promise<R>
  wait<T, R>(until: number, command: () => Promise<T>, read?: (reply: T) => R): Promise<T | R> {
    const now = performance.now()
    if (now >= until) return Promise.reject(this.#late())
    let pending: Promise<T>
    try {
      pending = command()
    } catch (cause) {
      return Promise.reject(failed(cause))
    }
    return new Promise((resolve, reject) => {
      const waiting = { until, reject }
      this.#waiting.add(waiting)
      if (this.#armedFor < now - STALE || this.#armedFor > until + STALE) this.#arm(until)
      pending.then(
        (reply) => {
          this.#waiting.delete(waiting)
          let result: T | R
          try {
            result = read === undefined ? reply : read(reply)
          } catch (cause) {
            reject(failed(cause))
            return
          }
          resolve(result)
        },
        (cause: unknown) => {
          this.#waiting.delete(waiting)
          reject(failed(cause))
        },
      )
    })
  }

  #arm(until: number): void {
    clearTimeout(this.#timer)
    this.#armedFor = until
    this.#timer = setTimeout(
      // Where the process itself was busy, replies may have arrived meanwhile: read them first.
      () => realSetImmediate(() => this.#check()),
      Math.max(1, Math.ceil(until - performance.now())),
    )
    this.#timer.unref()
  }

  #check(): void {
    const now = performance.now()
    let next = Infinity
    for (const waiting of this.#waiting) {
      if (waiting.until > now) {
        next = Math.min(next, waiting.until)
      } else {
        this.#waiting.delete(waiting)
        waiting.reject(this.#late())
      }
    }
    this.#armedFor = -Infinity
    if (next !== Infinity) this.#arm(next)
  }

  #late(): SessionError {
    return new SessionError('ERR_SESSION_STORE', `Redis did not answer within ${this.#timeout} ms`)
  }
}

function failed(cause: unknown): SessionError {
  return new SessionError('ERR_SESSION_STORE', 'Redis could not answer (see cause)', { cause })
}
