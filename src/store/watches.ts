import { wrongOption } from '../errors.js'

/** The longest time in ms between two looks at a session that is watched. */
const LOOK_EVERY = 60_000

interface Watch {
  readonly listeners: Set<() => void>
  timer: NodeJS.Timeout | undefined
}

/** What a store does for the sessions that are watched, by their keys. */
interface Watcher {
  /** Finds out whether it lives, and calls `ended` or `live`. */
  look(key: string): void
  /** Nobody watches it any more. */
  left?(key: string): void
}

/** Who waits for the end of which session. */
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
      throw wrongOption('Session.close() was called: no session is watched any more')
    const watch = this.#watches.get(key) ?? this.#start(key)
    // One function may be given twice.
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
    this.#watcher.look(key)
    return watch
  }

  /** It has ended. */
  ended(key: string): void {
    const watch = this.#watches.get(key)
    if (watch === undefined) return
    this.#leave(key, watch)
    for (const listener of watch.listeners) listener()
  }

  /**
   * It lives, for so many ms if nothing touches it: look again then. Sooner where that is long, as
   * a timer cannot wait for more than 24 days, and what removes a session by other means than this
   * library tells nobody; not all at once.
   */
  live(key: string, timeLeft: number): void {
    const watch = this.#watches.get(key)
    if (watch === undefined) return
    clearTimeout(watch.timer)
    const most = LOOK_EVERY * (1 - Math.random() / 4)
    const wait = Math.max(1, Math.min(timeLeft, most))
    watch.timer = setTimeout(() => this.#watcher.look(key), wait).unref()
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
