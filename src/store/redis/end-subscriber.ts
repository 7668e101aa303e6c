import { endChannel, sessionKeyOf } from '../keys.js'
import { PAGE, type Watcher } from '../store.js'
import { Watches } from '../watches.js'
import type { Connection } from './client/connection.js'
import type { Listening } from './client/port.js'
import { WATCH_SESSION } from './scripts/watch-session.js'

/** Before a lost connection is opened again, ms: doubled each time that this fails. */
const SHORTEST_PAUSE = 50
const LONGEST_PAUSE = 5_000

/** How soon to check a session again if Redis could not tell whether it lives, or could not mark it, ms. */
export const CHECK_AGAIN = 1_000

/**
 * Notices when sessions end. The script that ends a session, or shortens its time to live, publishes that on a
 * channel of this session, and a subscriber that hears it checks the session. One connection serves all watched
 * sessions; it opens with the first one.
 *
 * Scripts publish only for sessions that are marked as watched, and Redis drops messages that have no subscriber. So
 * this class subscribes to the channel, waits for the acknowledgement, and only then checks and marks the session in
 * one script: an end comes either before that, and the check finds it, or after, and is published to the subscription.
 * After a lost connection the same is done for all sessions. This class reconnects, not the client library, so that
 * nothing comes between these steps. Each later check renews the mark.
 */
export class EndSubscriber {
  readonly #connection: Connection
  readonly #watches = new Watches({
    check: (key) => this.#enqueue(key),
    checkAgain: (key) => void this.#check([key]),
    left: (key) => this.#enqueue(key),
  })
  /** Keys to subscribe to and check, or to unsubscribe from if no longer watched. */
  readonly #changed = new Set<string>()
  #working = false
  /** The channels of the open connection. */
  readonly #subscribed = new Set<string>()
  #listening: Promise<Listening> | undefined
  #closeListening = new AbortController()
  /** Waits to open another connection. Until then sessions are only checked. */
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Watches the session with this key. */
  watch(key: string, watcher: Watcher): () => void {
    return this.#watches.add(key, watcher)
  }

  close(): void {
    this.#closed = true
    this.#watches.close()
    clearTimeout(this.#retry)
    this.#disconnect()
  }

  #enqueue(key: string): void {
    this.#changed.add(key)
    void this.#work()
  }

  /**
   * One step at a time: node-redis loses a subscription that is made while an earlier one and its end are under
   * way. Changes that come meanwhile go together into the next step.
   */
  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    while (this.#changed.size > 0) {
      const keys = [...this.#changed].slice(0, PAGE)
      for (const key of keys) this.#changed.delete(key)
      if (this.#retry === undefined) await this.#subscribe(keys)
      void this.#check(keys)
    }
    this.#working = false
  }

  async #subscribe(keys: readonly string[]): Promise<void> {
    const call = this.#connection.call()
    const watched = keys.filter((key) => this.#watches.has(key)).map(endChannel)
    // Valkey 8.0 has an error for an UNSUBSCRIBE where there is no subscription.
    const left = keys
      .filter((key) => !this.#watches.has(key))
      .map(endChannel)
      .filter((channel) => this.#subscribed.delete(channel))
    if (watched.length + left.length === 0) return
    const opened = (this.#listening ??= this.#listen())
    try {
      const listening = await call.wait(() => opened)
      if (left.length > 0) await call.wait(() => listening.unsubscribe(left))
      if (watched.length > 0) await call.wait(() => listening.subscribe(watched))
      for (const channel of watched) this.#subscribed.add(channel)
      this.#failures = 0
    } catch {
      // Not connected, or lost, or without an answer, or not allowed.
      if (this.#listening === opened) this.#disconnect()
      this.#reconnect()
    }
  }

  /** A script for each session: on a cluster they are on different nodes. */
  async #check(keys: readonly string[]): Promise<void> {
    const call = this.#connection.call()
    // A message may arrive after the last watcher has left: do not mark that session again.
    const watched = keys.filter((key) => this.#watches.has(key))
    await Promise.all(
      watched.map(async (key) => {
        try {
          const session = await call.run(WATCH_SESSION, { hash: key })
          if (session === undefined) this.#watches.ended(key)
          else {
            const { timeLeft, marked } = session
            this.#watches.live(key, timeLeft, session)
            // Without a mark no message comes.
            if (!marked) this.#watches.checkWithin(key, Math.min(timeLeft, CHECK_AGAIN))
          }
        } catch {
          this.#watches.cannotTell(key, CHECK_AGAIN)
        }
      }),
    )
  }

  #listen(): Promise<Listening> {
    const close = new AbortController()
    this.#closeListening = close
    return this.#connection.listen({
      signal: close.signal,
      onMessage: (channel) => void this.#check([sessionKeyOf(channel)]),
      onLost: () => {
        if (close.signal.aborted) return
        this.#disconnect()
        this.#reconnect()
      },
    })
  }

  #disconnect(): void {
    this.#listening = undefined
    this.#subscribed.clear()
    this.#closeListening.abort()
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
