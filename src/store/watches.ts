import { optionsError } from '../errors.js'

/** Longest time between two checks of a watched session, ms. */
const CHECK_EVERY = 60_000

interface Watch {
  readonly listeners: Set<() => void>
  timer: NodeJS.Timeout | undefined
}

/** What a store does for watched sessions, by their keys. */
interface Watcher {
  /** Checks whether the session lives, and calls `ended` or `live`. */
  check(key: string): void
  /** The last listener has gone. */
  left?(key: string): void
}

/** The listeners that wait for the end of sessions. */
export class Watches {
  readonly #watches = new Map<string, Watch>()
  readonly #watcher: Watcher
  #closed = false

  constructor(watcher: Watcher) {
    this.#watcher = watcher
  }

  keys(): string[] {
    return [...this.#watches.keys()]
  }

  has(key: string): boolean {
    return this.#watches.has(key)
  }

  /** @throws `ERR_SESSION_OPTIONS` after `close` */
  add(key: string, onEnd: () => void): () => void {
    if (this.#closed)
      throw optionsError('Session.close() was called: no session is watched any more')
    const watch = this.#watches.get(key) ?? this.#start(key)
    // Callers may pass one function twice.
    const listener = (): void => onEnd()
    watch.listeners.add(listener)
    return () => {
      watch.listeners.delete(listener)
      if (watch.listeners.size === 0 && this.#watches.get(key) === watch) this.#leave(key, watch)
    }
  }

  #start(key: string): Watch {
    const watch: Watch = { listeners: new Set(), timer: undefined }
    this.#watches.set(key, watch)
    this.#watcher.check(key)
    return watch
  }

  ended(key: string): void {
    const watch = this.#watches.get(key)
    if (watch === undefined) return
    this.#leave(key, watch)
    for (const listener of watch.listeners) listener()
  }

  /**
   * The session lives, for `timeLeft` ms if nothing touches it. It is checked again then, and at least once a
   * minute: nothing is published for a session that is removed by hand. Jitter spreads the checks.
   */
  live(key: string, timeLeft: number): void {
    const watch = this.#watches.get(key)
    if (watch === undefined) return
    clearTimeout(watch.timer)
    const most = CHECK_EVERY * (1 - Math.random() / 4)
    const wait = Math.max(1, Math.min(timeLeft, most))
    watch.timer = setTimeout(() => this.#watcher.check(key), wait).unref()
  }

  #leave(key: string, watch: Watch): void {
    this.#watches.delete(key)
    clearTimeout(watch.timer)
    this.#watcher.left?.(key)
  }

  close(): void {
    this.#closed = true
    for (const { timer } of this.#watches.values()) clearTimeout(timer)
    this.#watches.clear()
  }
}
