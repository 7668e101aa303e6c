import type { Listening } from './clients/port.js'
import type { Connection } from './connection.js'
import { PAGE } from '../store.js'
import { Watches } from '../watches.js'

/** What the scripts put behind a session's key, for the channel on which its end is told. */
const CHANNEL = ':ended'

/** Before a lost connection is opened again, ms: twice as long each time that it fails. */
const SHORTEST_PAUSE = 50
const LONGEST_PAUSE = 5_000

/** When to look again at a session after Redis could not tell whether it lives, ms. */
const LOOK_AGAIN = 1_000

/**
 * Tells when sessions end. The script that ends one, or makes its time shorter, publishes it on a channel
 * of that session alone, and whoever hears of it looks; one connection listens for all that are watched here, made when the first one is.
 *
 * Redis forgets messages for whoever does not listen at that moment. So each channel is subscribed
 * to, the server acknowledges it, and only then the session is looked at: it ends either before the
 * look or after the subscription. The same for all of them whenever the connection was lost. It is
 * opened again here and not by the client library, so that nothing can come between these steps.
 */
export class Subscriber {
  readonly #connection: Connection
  readonly #watches = new Watches({ look: (key) => this.#add(key), left: (key) => this.#add(key) })
  /** Those to subscribe to and to look at, or to unsubscribe from where nobody watches any more. */
  readonly #changed = new Set<string>()
  #working = false
  #listening: Promise<Listening> | undefined
  /** Closes that connection. */
  #over = new AbortController()
  /** Waits to open another one. Until then sessions are only looked at. */
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

  #add(key: string): void {
    this.#changed.add(key)
    void this.#work()
  }

  /**
   * One step after another: node-redis loses a subscription that is made while an earlier one and
   * its end are under way. What comes meanwhile goes together in the next step.
   */
  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    while (this.#changed.size > 0) {
      const keys = [...this.#changed].slice(0, PAGE)
      for (const key of keys) this.#changed.delete(key)
      if (this.#retry === undefined) await this.#subscribe(keys)
      void this.#look(keys.filter((key) => this.#watches.has(key)))
    }
    this.#working = false
  }

  async #subscribe(keys: readonly string[]): Promise<void> {
    const call = this.#connection.call()
    if (this.#listening === undefined && !keys.some((key) => this.#watches.has(key))) return
    const opened = (this.#listening ??= this.#listen())
    try {
      const listening = await call.wait(() => opened)
      const channels = { watched: [] as string[], left: [] as string[] }
      for (const key of keys)
        channels[this.#watches.has(key) ? 'watched' : 'left'].push(key + CHANNEL)
      const { watched, left } = channels
      if (left.length > 0) await call.wait(() => listening.unsubscribe(left))
      if (watched.length > 0) await call.wait(() => listening.subscribe(watched))
      this.#failures = 0
    } catch {
      // Not connected, or lost, or without an answer, or not allowed.
      if (this.#listening === opened) this.#disconnect()
      this.#reconnect()
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
          this.#watches.live(key, LOOK_AGAIN)
        }
      }),
    )
  }

  #listen(): Promise<Listening> {
    const over = new AbortController()
    this.#over = over
    return this.#connection.listen({
      signal: over.signal,
      // It has ended, or will sooner than it would have.
      onMessage: (channel) => void this.#look([channel.slice(0, -CHANNEL.length)]),
      onLost: () => {
        if (over.signal.aborted) return
        this.#disconnect()
        this.#reconnect()
      },
    })
  }

  #disconnect(): void {
    this.#listening = undefined
    this.#over.abort()
  }

  #reconnect(): void {
    if (this.#closed || this.#retry !== undefined) return
    const pause = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** this.#failures++)
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      for (const key of this.#watches.keys()) this.#changed.add(key)
      void this.#work()
    }, pause).unref()
  }
}
