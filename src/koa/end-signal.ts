import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'koa'
import { SessionError, sessionEndedError, supersededError, unprovenError } from '../errors.js'
import type { Store, Watcher, WhyItEnds } from '../store/store.js'
import type { RequestSession } from './request-session.js'

/** How long to wait after the store could not answer, ms. */
const RETRY_AFTER = 1_000

/** How long a signal waits for the reason of an end, ms. */
const REASON_WITHIN = 200

/** The signal behind `ctx.session.signal`. */
export class EndSignal {
  readonly #controller = new AbortController()
  readonly #request: RequestSession
  readonly #store: Store
  #id: string | undefined
  #responseClosed = false
  #unwatch: (() => void) | undefined
  #proofTimer: NodeJS.Timeout | undefined

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
      clearTimeout(this.#proofTimer)
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
        const id = await this.#request.inTurn(() => this.#request.findId())
        const proof = this.#request.proof?.forWatch() ?? UNBOUND
        const { lastsUntil } = proof
        const isBound = id !== undefined && lastsUntil !== Infinity
        const left = isBound ? lastsUntil - (await this.#store.now(id)).latest : Infinity
        this.#watch(id, proof.proves, left)
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

  #abort(why: WhyItEnds): void {
    this.#unwatch?.()
    clearTimeout(this.#proofTimer)
    if (why === 'ended' || why === 'expired') void this.#abortEnded(why)
    else this.#controller.abort(ERRORS[why]())
  }

  async #abortEnded(why: 'ended' | 'expired'): Promise<void> {
    let reason: string | undefined = why === 'expired' ? why : undefined
    // The end is known: a stream must not stay open for its reason.
    const late = sleep(REASON_WITHIN, undefined, { ref: false })
    try {
      const told = await Promise.race([this.#request.findEndReason(), late])
      reason = told ?? reason
    } catch {
      // It has ended all the same.
    }
    this.#controller.abort(sessionEndedError(reason))
  }

  /** @param proofLasts - ms */
  #watch(id: string | undefined, proves: Watcher['proves'], proofLasts: number): void {
    if (this.#responseClosed) return
    this.#id = id
    if (id === undefined) {
      this.#controller.abort(sessionEndedError(this.#request.endReason))
      return
    }
    this.#unwatch = this.#store.watch(id, {
      owns: (secretHash) => this.#request.ownsSecret(secretHash),
      proves,
      onEnd: (why) => this.#abort(why),
    })
    if (proofLasts === Infinity) return
    this.#proofTimer = setTimeout(() => this.#abort('unproven'), Math.max(0, proofLasts)).unref()
  }
}

/** Where sessions are not bound to devices. */
const UNBOUND = { proves: () => true, lastsUntil: Infinity }

const ERRORS = {
  superseded: supersededError,
  unproven: unprovenError,
} as const

/** HTTP/2 responses are closed by their stream. koa-websocket's contexts have none. */
type MaybeResponse =
  | (Context['res'] & { readonly stream?: { readonly destroyed: boolean } })
  | undefined

function isResponseClosed({ req, res }: Context): boolean {
  const response = res as MaybeResponse
  return (
    response?.closed === true ||
    response?.stream?.destroyed === true ||
    (req as Partial<typeof req>).socket?.destroyed === true
  )
}

/** A response that has no socket (upgraded, or still queued) is not told when the socket closes. */
function onceResponseCloses({ req, res }: Context, callback: () => void): void {
  const response = res as MaybeResponse
  const onClose = (): void => {
    response?.off('close', onClose)
    forgetSocket()
    callback()
  }
  response?.once('close', onClose)
  const forgetSocket =
    response === undefined || response.socket === null
      ? onceSocketCloses(req.socket, onClose)
      : ignore
}

const ignore = (): void => {}

/** What waits for a socket to close. One listener does for all its pipelined requests. */
const waiting = new WeakMap<object, Waiting>()

interface Waiting {
  readonly callbacks: Set<() => void>
  readonly onClose: () => void
}

function onceSocketCloses(
  socket: Context['req']['socket'] | undefined,
  callback: () => void,
): () => void {
  if (socket === undefined) return ignore
  let one = waiting.get(socket)
  if (one === undefined) {
    const callbacks = new Set<() => void>()
    const onClose = (): void => {
      for (const each of callbacks) each()
    }
    one = { callbacks, onClose }
    waiting.set(socket, one)
    socket.once('close', onClose)
  }
  const { callbacks, onClose } = one
  callbacks.add(callback)
  return () => {
    callbacks.delete(callback)
    if (callbacks.size > 0) return
    waiting.delete(socket)
    socket.off('close', onClose)
  }
}
