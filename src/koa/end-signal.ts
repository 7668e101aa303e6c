import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'koa'
import { SessionError, sessionEndedError } from '../errors.js'
import type { Store } from '../store/store.js'
import type { RequestSession } from './request-session.js'

/** How long to wait after the store could not answer, ms. */
const RETRY_AFTER = 1_000

/** The signal behind `ctx.session.signal`. */
export class EndSignal {
  readonly #controller = new AbortController()
  readonly #request: RequestSession
  readonly #store: Store
  #id: string | undefined
  #responseClosed = false
  #unwatch: (() => void) | undefined

  constructor(ctx: Context, request: RequestSession, store: Store) {
    this.#request = request
    this.#store = store
    if (isResponseClosed(ctx)) {
      this.#controller.abort(sessionEndedError())
      return
    }
    onceResponseCloses(ctx, () => {
      this.#responseClosed = true
      this.#unwatch?.()
    })
    void this.#start()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether the session that this request has found alive is not the one watched. */
  isStale(id: string | undefined): boolean {
    if (id === undefined) return false
    return this.#id === undefined ? this.signal.aborted : this.#id !== id
  }

  async #start(): Promise<void> {
    while (!this.#responseClosed) {
      try {
        this.#watch(await this.#request.inTurn(() => this.#request.findId()))
        return
      } catch (error) {
        if (!(error instanceof SessionError) || error.code !== 'ERR_SESSION_STORE') {
          this.#controller.abort(error)
          return
        }
      }
      await sleep(RETRY_AFTER, undefined, { ref: false })
    }
  }

  #watch(id: string | undefined): void {
    if (this.#responseClosed) return
    this.#id = id
    const onEnd = (): void => this.#controller.abort(sessionEndedError())
    if (id === undefined) onEnd()
    else this.#unwatch = this.#store.watch(id, onEnd)
  }
}

/** HTTP/2 responses are closed by their stream. */
type Response = Context['res'] & { readonly stream?: { readonly destroyed: boolean } }

function isResponseClosed({ req, res }: Context): boolean {
  const { closed, stream } = res as Response
  return closed || stream?.destroyed === true || req.socket.destroyed
}

/** A response that has no socket (upgraded, or still queued) is not told when the socket closes. */
function onceResponseCloses({ req, res }: Context, callback: () => void): void {
  const { socket } = req
  const onClose = (): void => {
    res.off('close', onClose)
    socket.off('close', onClose)
    callback()
  }
  res.once('close', onClose)
  if (res.socket === null) socket.once('close', onClose)
}
