import type { Listening } from './clients/port.js'
import type { Connection } from './connection.js'
import { PAGE } from '../store.js'
import { Watches } from '../watches.js'

/** What the scripts put behind a session's key, for the channel on which its end is told. */
const CHANNEL = ':ended'

/** The longest pause in ms before what failed is tried again. */
const LONGEST_PAUSE = 5_000

/**
 * Tells when sessions end. The script that ends one publishes it on a channel of that session alone;
 * one connection listens for all that are watched here, made when the first one is.
 *
 * Redis forgets messages for whoever does not listen at that moment. So each channel is subscribed
 * to, the server acknowledges it, and only then the session is looked at: it ends either before the
 * look or after the subscription. The same for all of them whenever the connection was lost. It is
 * opened again here and not by the client library, so that nothing can come between these steps.
 */
export class Subscriber {
  readonly #connection: Connection
  readonly #watches = new Watches({
    look: (key) => void this.#follow([key]),
    left: (key) => void this.#unsubscribe(key),
  })
  #listening: Promise<Listening> | undefined
  /** Closes that connection. */
  #over = new AbortController()
  /** Waits to look at all of them again. */
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Watches the session with this key. */
  watch(key: string, onEnd: () => void): () => void {
    return this.#watches.add(key, onEnd)
  }

  close(): void {
    this.#closed = true
    this.#watches.close()
    clearTimeout(this.#retry)
    this.#disconnect()
  }

  /** Subscribes to some sessions' channels, and then looks whether they live. */
  async #follow(keys: readonly string[]): Promise<void> {
    // While all are to be tried again after a pause, one of them is looked at all the same.
    if (this.#retry === undefined) await this.#subscribe(keys)
    await this.#look(keys)
  }

  async #subscribe(keys: readonly string[]): Promise<void> {
    const call = this.#connection.call()
    const opened = (this.#listening ??= this.#listen())
    try {
      const listening = await call.wait(() => opened)
      const watched = keys.filter((key) => this.#watches.has(key))
      if (watched.length === 0) return
      await call.wait(() => listening.subscribe(watched.map((key) => key + CHANNEL)))
    } catch {
      // Not connected, or lost, or without an answer, or not allowed: then only looking helps.
      if (this.#listening === opened) this.#disconnect()
      this.#tryAgain()
    }
  }

  /** A plain command for each: on a cluster they are on different nodes. */
  async #look(keys: readonly string[]): Promise<void> {
    const call = this.#connection.call()
    await Promise.all(
      keys.map(async (key) => {
        try {
          const timeLeft = Number(await call.send('pttl', [key]))
          if (timeLeft === -2) this.#watches.ended(key)
          // -1: somebody took its time away.
          else this.#watches.live(key, timeLeft === -1 ? Infinity : timeLeft)
        } catch {
          this.#tryAgain()
        }
      }),
    )
  }

  #listen(): Promise<Listening> {
    const over = new AbortController()
    this.#over = over
    return this.#connection.listen({
      signal: over.signal,
      onMessage: (channel) => this.#watches.ended(channel.slice(0, -CHANNEL.length)),
      onLost: () => {
        if (over.signal.aborted) return
        this.#disconnect()
        this.#tryAgain()
      },
    })
  }

  #disconnect(): void {
    this.#listening = undefined
    this.#over.abort()
  }

  async #unsubscribe(key: string): Promise<void> {
    try {
      await (await this.#listening)?.unsubscribe([key + CHANNEL])
    } catch {
      // The connection is lost, and its subscriptions with it.
    }
  }

  #tryAgain(): void {
    if (this.#closed || this.#retry !== undefined) return
    const pause = this.#failures === 0 ? 0 : Math.min(LONGEST_PAUSE, 25 * 2 ** this.#failures)
    this.#failures++
    this.#retry = setTimeout(() => void this.#followAll(), pause).unref()
  }

  async #followAll(): Promise<void> {
    this.#retry = undefined
    const keys = this.#watches.keys()
    for (let i = 0; i < keys.length; i += PAGE) {
      await this.#follow(keys.slice(i, i + PAGE))
      if (this.#retry !== undefined) return
    }
    this.#failures = 0
  }
}
