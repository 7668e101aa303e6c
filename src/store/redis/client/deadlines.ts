import { SessionError } from '../../../errors.js'
import { record } from '../../../events.js'
import { now, onNextTurn, setAlarm } from '../../../real-time.js'

/** A call may have to wait this much longer than its deadline, ms, before another alarm is set for it. */
const SLACK = 1000

interface Waiting {
  readonly until: number
  readonly reject: (error: SessionError) => void
}

/** Bounds how long calls wait for Redis. They share one alarm: one for each would cost more than a command. */
export class Deadlines {
  readonly #timeout: number
  readonly #waiting = new Set<Waiting>()
  #alarm: AbortSignal | undefined
  /** When the alarm goes off; `Infinity` without one. */
  #alarmAt = Infinity

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** When a call that begins now has to give up, by the clock of real-time.ts. It may send several commands. */
  start(): number {
    return now() + this.#timeout
  }

  /**
   * Waits for a command's reply until the call's deadline. A command that was sent cannot be taken back.
   *
   * @param read - what to make of the reply; a reply that it cannot read is an error
   * @param recover - what to do instead where the command fails; a `catch` would cost each command a promise
   * @throws `ERR_SESSION_STORE`, with the command's own error as its `cause`
   */
  wait<T>(until: number, command: () => Promise<T>): Promise<T>
  wait<T, R>(
    until: number,
    command: () => Promise<T>,
    read: (reply: T) => R,
    recover?: (error: unknown) => Promise<T>,
  ): Promise<R>
  wait<T, R>(
    until: number,
    command: () => Promise<T>,
    read?: (reply: T) => R,
    recover?: (error: unknown) => Promise<T>,
  ): Promise<T | R> {
    if (now() >= until) return Promise.reject(this.#late(until))
    let pending: Promise<T>
    try {
      pending = command()
    } catch (cause) {
      return Promise.reject(this.#failed(until, cause))
    }
    return new Promise((resolve, reject) => {
      const waiting = { until, reject }
      this.#waiting.add(waiting)
      if (this.#alarmAt > until + SLACK) this.#setAlarm(until)
      const succeed = (reply: T): void => {
        // Otherwise it was too late, and has been rejected.
        if (!this.#waiting.delete(waiting)) return
        let result: T | R
        try {
          result = read === undefined ? reply : read(reply)
        } catch (cause) {
          reject(this.#failed(until, cause))
          return
        }
        resolve(result)
      }
      const fail = (cause: unknown): void => {
        if (this.#waiting.delete(waiting)) reject(this.#failed(until, cause))
      }
      pending.then(
        succeed,
        recover === undefined ? fail : (cause) => void recover(cause).then(succeed, fail),
      )
    })
  }

  #setAlarm(until: number): void {
    this.#alarmAt = until
    const alarm = setAlarm(until - now(), () => {
      // Where the process itself was busy, replies may have arrived meanwhile: read them first.
      if (this.#alarm === alarm) onNextTurn(() => this.#check())
    })
    this.#alarm = alarm
  }

  #check(): void {
    const at = now()
    let next = Infinity
    for (const waiting of this.#waiting) {
      if (waiting.until > at) {
        next = Math.min(next, waiting.until)
      } else {
        this.#waiting.delete(waiting)
        waiting.reject(this.#late(waiting.until))
      }
    }
    this.#alarm = undefined
    this.#alarmAt = Infinity
    if (next !== Infinity) this.#setAlarm(next)
  }

  #late(until: number): SessionError {
    const message = `Redis did not answer within ${this.#timeout} ms`
    return this.#record(until, new SessionError('ERR_SESSION_STORE', message))
  }

  #failed(until: number, cause: unknown): SessionError {
    const message = 'Redis could not answer (see cause)'
    const isOwn = cause instanceof SessionError
    return this.#record(
      until,
      isOwn ? cause : new SessionError('ERR_SESSION_STORE', message, { cause }),
    )
  }

  /** @param until - when the call had to give up */
  #record(until: number, error: SessionError): SessionError {
    if (error.code === 'ERR_SESSION_STORE') {
      const { message, cause } = error
      record('store-failure', {
        message,
        cause: cause instanceof Error ? codeOf(cause) : undefined,
        duration: now() - until + this.#timeout,
      })
    }
    return error
  }
}

/** Redis begins its messages with a code. */
function codeOf(cause: Error & { readonly code?: unknown }): string {
  const [code = cause.name] = /^[A-Z]{3,}(?= )/.exec(cause.message) ?? []
  return typeof cause.code === 'string' ? cause.code : code
}
