import type { Context } from 'koa'
import { onNextTurn } from '../real-time.js'

/**
 * What a method of `ctx.session` returns: a promise that knows whether the application has taken it, by
 * `await`, `then` or `Promise.all`. All of these first read its `constructor`.
 *
 * Not by overriding `then`: `await` would cost more, and errors would lose the caller's stack.
 */
class Call<T> extends Promise<T> {
  taken = false
}

void Object.defineProperty(Call.prototype, 'constructor', {
  get(this: Call<unknown>) {
    this.taken = true
    return Promise
  },
})

interface Failure {
  readonly call: Call<unknown>
  readonly error: unknown
}

const ignore = (): void => {}

/**
 * The calls of one request on `ctx.session`. None ends the process by an unhandled rejection: a
 * rejection whose promise nobody took becomes the request's error, or is emitted on the app.
 */
export class Calls {
  readonly #ctx: Context
  readonly #request: { readonly depth: number }
  /** How many calls that may send a cookie are under way. */
  #pending = 0
  #onIdle: (() => void) | undefined
  #failures: Failure[] | undefined

  /** @param request - `depth`: in how many runs of the middleware it is; the last one takes failures */
  constructor(ctx: Context, request: { readonly depth: number }) {
    this.#ctx = ctx
    this.#request = request
  }

  /** @param sendsCookie - whether the response must wait for the call */
  track<T>(promise: Promise<T>, sendsCookie: boolean): Promise<T> {
    let settled: Promise<void> | undefined
    const call: Call<T> = new Call<T>((resolve, reject) => {
      // `resolve` itself: with another function, the stacks of errors would be cut short.
      settled = promise.then(resolve, (error: unknown) => {
        this.#failed({ call, error })
        reject(error)
      })
    })
    if (sendsCookie) {
      this.#pending++
      void settled?.then(this.#done)
    }
    return call
  }

  readonly #done = (): void => {
    if (--this.#pending === 0) this.#onIdle?.()
  }

  #failed(failure: Failure): void {
    const { call } = failure
    const { taken } = call
    // Also where it was taken: `Promise.resolve(call)` takes it, and handles nothing.
    void call.then(undefined, ignore)
    call.taken = taken
    if (taken) return
    if (this.#request.depth > 0) (this.#failures ??= []).push(failure)
    else onNextTurn(() => this.#report(failure))
  }

  #report({ call, error }: Failure): void {
    if (call.taken) return
    const { app } = this.#ctx
    // Without a listener, `emit` would throw.
    if (app.listenerCount('error') === 0) app.onerror(error as Error)
    else app.emit('error', error, this.#ctx)
  }

  get arePending(): boolean {
    return this.#pending > 0
  }

  /** Waits for calls that may still send a cookie. `isDone` says when none can be sent any more. */
  async settle(isDone: () => boolean): Promise<void> {
    while (this.#pending > 0 && !isDone()) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
      // Its callers go on first: they may make more calls.
      await new Promise<void>((resolve) => onNextTurn(resolve))
    }
  }

  /**
   * Takes the failures whose promise nobody took.
   *
   * @returns the one that becomes the request's error; others are emitted
   */
  takeFailure(requestFailed: boolean): { readonly error: unknown } | undefined {
    if (this.#failures === undefined) return undefined
    const untaken = this.#failures.filter(({ call }) => !call.taken)
    this.#failures = undefined
    const first = requestFailed ? undefined : untaken.shift()
    for (const failure of untaken) this.#report(failure)
    return first
  }
}
