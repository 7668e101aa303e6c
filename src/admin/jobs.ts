import { randomUUID } from 'node:crypto'
import type { RevokeOptions } from '../index.js'
import type { Search } from './search.js'

/** How long a job that is over can be looked at, in ms. */
const KEPT = 10 * 60_000

/** How many are kept at most. */
const MOST = 100

/** The ending of all sessions of one search, as its page shows it. */
export interface Job {
  readonly id: string
  /** The id of the session of the operator who started it. Nobody else sees it. */
  readonly owner: string
  readonly search: Search
  state: 'running' | 'done' | 'stopped' | 'failed'
  ended: number
  seen: number
  /** 0 until it is known. */
  total: number
  /** When it was over, in ms. */
  overAt: number
  /** Resolves when it is over; never rejects. */
  over: Promise<void>
  readonly stop: () => void
}

/** What ends the sessions: `Session.revokeAll`, with all that is not for a job to say. */
type End = (options: Pick<RevokeOptions, 'signal' | 'onProgress'>) => Promise<number>

/** The jobs of this process. A request is too short for a set of a million sessions. */
export class Jobs {
  readonly #jobs = new Map<string, Job>()

  /** A job of that operator that is running, or was a short time ago. */
  get(id: string, owner: string): Job | undefined {
    this.#forget()
    const job = this.#jobs.get(id)
    return job?.owner === owner ? job : undefined
  }

  /**
   * Starts a job. Where the operator has the same one running (a button pressed twice), that one.
   * `undefined` where too many are running.
   *
   * @param onError - is told why it failed
   */
  start(
    owner: string,
    search: Search,
    end: End,
    onError: (error: unknown) => void,
  ): Job | undefined {
    this.#forget()
    for (const job of this.#jobs.values()) {
      const same = job.owner === owner && job.search.query === search.query
      if (same && job.state === 'running') return job
    }
    if (this.#jobs.size >= MOST && !this.#forgetOldest()) return undefined
    const stopping = new AbortController()
    const job: Job = {
      id: randomUUID(),
      owner,
      search,
      state: 'running',
      ended: 0,
      seen: 0,
      total: 0,
      overAt: Infinity,
      over: Promise.resolve(),
      stop: () => stopping.abort(),
    }
    job.over = run(job, end, stopping.signal, onError)
    this.#jobs.set(job.id, job)
    return job
  }

  /** Each call sweeps: a timer would outlive the application. */
  #forget(): void {
    for (const job of this.#jobs.values()) {
      if (job.overAt + KEPT < Date.now()) this.#jobs.delete(job.id)
    }
  }

  #forgetOldest(): boolean {
    // A Map is in the order of its entries' making.
    for (const job of this.#jobs.values()) {
      if (job.state !== 'running') return this.#jobs.delete(job.id)
    }
    return false
  }
}

async function run(
  job: Job,
  end: End,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    job.ended = await end({
      signal,
      onProgress: ({ ended, seen, total }) => void Object.assign(job, { ended, seen, total }),
    })
    job.state = 'done'
  } catch (error) {
    job.state = signal.aborted && error === signal.reason ? 'stopped' : 'failed'
    if (job.state === 'failed') onError(error)
  }
  job.overAt = Date.now()
}
