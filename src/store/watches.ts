import { optionsError } from '../errors.js'
import { record } from '../events.js'
import { sessionIdOf } from './keys.js'
import type { StoredSession, Watcher, WhyItEnds } from './store.js'

/** Longest time between two checks of a watched session, ms. */
export const CHECK_EVERY = 60_000

/** By how much two clocks may round a session's end, ms. */
const ROUNDING = 10

interface Watch {
  readonly watchers: Set<Watcher>
  timer: NodeJS.Timeout | undefined
  /** When the session's time is over, by `performance.now()`, as it was known last. */
  expiresAt: number
}

/** What a store does for watched sessions, by their keys. */
interface Source {
  /** Checks whether the session lives, and calls `ended` or `live`. */
  check(key: string): void
  /** The same for one that is watched already. */
  checkAgain(key: string): void
  /** The last watcher has gone. */
  left?(key: string): void
}

/** The watchers of sessions. */
export class Watches {
  readonly #watches = new Map<string, Watch>()
  readonly #source: Source
  #closed = false

  constructor(source: Source) {
    this.#source = source
  }

  keys(): string[] {
    return [...this.#watches.keys()]
  }

  has(key: string): boolean {
    return this.#watches.has(key)
  }

  /** @throws `ERR_SESSION_OPTIONS` after `close` */
  add(key: string, { owns, proves, onEnd }: Watcher): () => void {
    if (this.#closed)
      throw optionsError('Session.close() has been called: sessions are no longer watched')
    const watched = this.#watches.get(key)
    const watch = watched ?? this.#start(key)
    if (watched !== undefined) this.#source.checkAgain(key)
    // Callers may pass one watcher twice.
    const watcher = { owns, proves, onEnd }
    watch.watchers.add(watcher)
    return () => this.#remove(key, watch, watcher)
  }

  #start(key: string): Watch {
    const watch: Watch = { watchers: new Set(), timer: undefined, expiresAt: Infinity }
    this.#watches.set(key, watch)
    this.#source.check(key)
    return watch
  }

  #remove(key: string, watch: Watch, watcher: Watcher): void {
    watch.watchers.delete(watcher)
    if (watch.watchers.size > 0 || this.#watches.get(key) !== watch) return
    this.#watches.delete(key)
    clearTimeout(watch.timer)
    this.#source.left?.(key)
  }

  ended(key: string): void {
    const { expiresAt = Infinity } = this.#watches.get(key) ?? {}
    const isOver = performance.now() + ROUNDING >= expiresAt
    if (isOver && this.has(key)) {
      const id = sessionIdOf(key)
      record('ended', { id, references: {}, by: 'time', reason: 'expired' })
    }
    this.#tell(key, isOver ? 'expired' : 'ended', () => true)
  }

  #tell(key: string, why: WhyItEnds, concerns: (watcher: Watcher) => boolean): void {
    const watch = this.#watches.get(key)
    if (watch === undefined) return
    for (const watcher of [...watch.watchers].filter(concerns)) {
      this.#remove(key, watch, watcher)
      watcher.onEnd(why)
    }
  }

  /**
   * The session lives with this secret and this binding, for `timeLeft` ms if nothing touches it. It is checked again
   * then, and at least once a minute, because nothing is published if somebody deletes the hash by hand, or a failover
   * loses the mark. Jitter spreads the checks.
   */
  live(
    key: string,
    timeLeft: number,
    { secretHash, binding }: Pick<StoredSession, 'secretHash' | 'binding'>,
  ): void {
    this.#tell(key, 'superseded', ({ owns }) => !owns(secretHash))
    this.#tell(key, 'unproven', ({ proves }) => !proves(binding))
    const watch = this.#watches.get(key)
    if (watch !== undefined) watch.expiresAt = performance.now() + timeLeft
    this.checkWithin(key, timeLeft)
  }

  /** Nobody knows how long the session lives now. Checks it again after so many ms. */
  cannotTell(key: string, ms: number): void {
    const watch = this.#watches.get(key)
    if (watch !== undefined) watch.expiresAt = Infinity
    this.checkWithin(key, ms)
  }

  /** Checks a session again after so many ms, or sooner. */
  checkWithin(key: string, ms: number): void {
    const watch = this.#watches.get(key)
    if (watch === undefined) return
    clearTimeout(watch.timer)
    const most = CHECK_EVERY * (1 - Math.random() / 4)
    watch.timer = setTimeout(() => this.#source.check(key), Math.max(1, Math.min(ms, most))).unref()
  }

  close(): void {
    this.#closed = true
    for (const { timer } of this.#watches.values()) clearTimeout(timer)
    this.#watches.clear()
  }
}
