import { SessionError } from '../../errors.js'
import { soon } from './soon.js'

/** A timer that is so many ms late, or early, will not go off: a test had replaced it, or the clock. */
const STALE = 1000

interface Waiting {
  readonly until: number
  readonly reject: (error: SessionError) => void
}

/**
 * How long calls to the store may wait for Redis: one timer for all of them, as a timer for each
 * command would cost more than the command.
 */
export class Deadlines {
  readonly #timeout: number
  readonly #waiting = new Set<Waiting>()
  /** When the timer is to go off; `-Infinity` where there is none. */
  #armedFor = -Infinity
  #timer: NodeJS.Timeout | undefined

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** The time at which a call that begins now has to give up. One call may send several commands. */
  start(): number {
    return performance.now() + this.#timeout
  }

  /**
   * Waits for a command's reply until the call's deadline. The command itself cannot be taken back:
   * what was sent may still be done.
   * @throws `ERR_SESSION_STORE`, also for what the command rejects with (as `cause`)
   */
  wait<T>(until: number, command: () => Promise<T>): Promise<T> {
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
          resolve(reply)
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
      // Where the process itself was busy, replies may have come meanwhile: let them be read first.
      () => soon(() => this.#check()),
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
