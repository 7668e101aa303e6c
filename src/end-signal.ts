import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'koa'
import { SessionError } from './errors.js'
import type { Store } from './store/store.js'
import { ended, type Visit } from './visit.js'

/** How long to wait after Redis could not tell whose request this is, ms. */
const PAUSE = 1_000

/** The signal of one session in one request, which fires when the session ends. */
export class EndSignal {
  readonly #controller = new AbortController()
  readonly #visit: Visit
  readonly #store: Store
  /** The session it is of, once that is known. */
  #id: string | undefined
  /** Whether nobody waits for it any more. */
  #over = false
  #unwatch: (() => void) | undefined

  constructor(ctx: Context, visit: Visit, store: Store) {
    this.#visit = visit
    this.#store = store
    if (isOver(ctx)) {
      this.#controller.abort(ended())
      return
    }
    whenOver(ctx, () => {
      this.#over = true
      this.#unwatch?.()
    })
    void this.#start()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it does not belong to the session with this id, which this request has found alive. */
  isOfAnother(id: string | undefined): boolean {
    if (id === undefined) return false
    return this.#id === undefined ? this.signal.aborted : this.#id !== id
  }

  async #start(): Promise<void> {
    while (!this.#over) {
      try {
        this.#watch(await this.#visit.inTurn(() => this.#visit.findId()))
        return
      } catch (error) {
        if (!(error instanceof SessionError) || error.code !== 'ERR_SESSION_STORE') {
          this.#controller.abort(error)
          return
        }
      }
      await sleep(PAUSE, undefined, { ref: false })
    }
  }

  #watch(id: string | undefined): void {
    if (this.#over) return
    this.#id = id
    if (id === undefined) this.#controller.abort(ended())
    else this.#unwatch = this.#store.watch(id, () => this.#controller.abort(ended()))
  }
}

/** HTTP/2 has its `closed` elsewhere. */
type Response = Context['res'] & { readonly stream?: { readonly destroyed: boolean } }

function isOver({ req, res }: Context): boolean {
  const { closed, stream } = res as Response
  return closed || stream?.destroyed === true || req.socket.destroyed
}

/**
 * Calls back once, when the response is closed. One that has no socket (of an upgraded request, or
 * behind another one on its connection) is not told that the socket is closed.
 */
function whenOver({ req, res }: Context, callback: () => void): void {
  const { socket } = req
  const over = (): void => {
    res.off('close', over)
    socket.off('close', over)
    callback()
  }
  res.once('close', over)
  if (res.socket === null) socket.once('close', over)
}
