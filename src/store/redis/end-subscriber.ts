import { endChannel, sessionKeyOf } from '../keys.js'
import { BINDING, SECRET } from '../hash-fields.js'
import { PAGE, type Watcher } from '../store.js'
import { Watches } from '../watches.js'
import type { Connection } from './client/connection.js'
import type { Listening } from './client/port.js'

/** Before a lost connection is opened again, ms: doubled each time that this fails. */
const SHORTEST_PAUSE = 50
const LONGEST_PAUSE = 5_000

/** When to check a session again after Redis could not tell whether it lives, ms. */
const CHECK_AGAIN = 1_000

/**
 * Notices when sessions end. The script that ends a session, or shortens its time to live, publishes that on a
 * channel of this session, and a subscriber that hears it checks the session. One connection serves all watched
 * sessions; it opens with the first one.
 *
 * Redis drops messages without a subscriber. So each channel is subscribed to, the server acknowledges it, and
 * only then the session is checked: it ends either before the check or after the subscription. The same happens
 * for all sessions after the connection was lost. This class opens it again, not the client library, so that
 * nothing comes between these steps.
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
      void this.#check(keys.filter((key) => this.#watches.has(key)))
    }
    this.#working = false
  }

  async #subscribe(keys: readonly string[]): Promise<void> {
    const call = this.#connection.call()
    const watched = keys.filter((key) => this.#watches.has(key)).map(endChannel)
    const left = keys.filter((key) => !this.#watches.has(key)).map(endChannel)
    if (this.#listening === undefined && watched.length === 0) return
    const opened = (this.#listening ??= this.#listen())
    try {
      const listening = await call.wait(() => opened)
      if (left.length > 0) await call.wait(() => listening.unsubscribe(left))
      if (watched.length > 0) await call.wait(() => listening.subscribe(watched))
      this.#failures = 0
    } catch {
      // Not connected, or lost, or without an answer, or not allowed.
      if (this.#listening === opened) this.#disconnect()
      this.#reconnect()
    }
  }

  /** Plain commands for each session: on a cluster they are on different nodes. */
  async #check(keys: readonly string[]): Promise<void> {
    const call = this.#connection.call()
    await Promise.all(
      keys.map(async (key) => {
        try {
          // In this order: a session that ends in between has ended, and was not renewed.
          const [own, ttl] = await Promise.all([
            call.send('hmget', [key], [SECRET, BINDING]),
            call.send('pttl', [key]),
          ])
          const timeLeft = Number(ttl)
          const [secretHash, binding] = own as (string | null)[]
          const session = { secretHash: secretHash ?? undefined, binding: binding ?? undefined }
          if (timeLeft === -2) this.#watches.ended(key)
          // -1: the key has been persisted by hand.
          else this.#watches.live(key, timeLeft === -1 ? Infinity : timeLeft, session)
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
