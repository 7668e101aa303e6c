import { randomUUID } from 'node:crypto'
import type { RevokeProgress } from '../index.js'
import type { Search } from './search.js'

/** How long a finished job is kept, ms. */
const KEPT_FOR = 10 * 60_000

const MAX_JOBS = 100

/** A running or finished `Session.revokeAll`. */
export interface Job {
  readonly id: string
  /** The id of the operator's session that started it; others cannot see it. */
  readonly owner: string
  readonly search: Search
  state: 'running' | 'done' | 'stopped' | 'failed'
  ended: number
  seen: number
  /** 0 until it is known. */
  total: number
  /** In ms since 1970; `Infinity` while it runs. */
  finishedAt: number
  /** Resolves when the job has finished; never rejects. */
  finished: Promise<void>
  readonly stop: () => void
}

interface Controls {
  /** Aborts when the job is stopped. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: RevokeProgress) => void
  readonly stop: () => void
}

type RevokeAll = (controls: Controls) => Promise<number>

/** The jobs of this process: ending a million sessions takes longer than a request may. */
export class Jobs {
  readonly #jobs = new Map<string, Job>()

  /** The owner's job, if it runs or has finished recently. */
  get(id: string, owner: string): Job | undefined {
    this.#deleteExpired()
    const job = this.#jobs.get(id)
    return job?.owner === owner ? job : undefined
  }

  /**
   * Starts a job, or returns the owner's running job for the same search (a button pressed twice).
   *
   * @param onError - called if the job fails
   * @returns `undefined` if too many jobs are running
   */
  start(
    owner: string,
    search: Search,
    revokeAll: RevokeAll,
    onError: (error: unknown) => void,
  ): Job | undefined {
    this.#deleteExpired()
    for (const job of this.#jobs.values()) {
      const same = job.owner === owner && job.search.query === search.query
      if (same && job.state === 'running') return job
    }
    if (this.#jobs.size >= MAX_JOBS && !this.#deleteOldestFinished()) return undefined
    const controller = new AbortController()
    const job: Job = {
      id: randomUUID(),
      owner,
      search,
      state: 'running',
      ended: 0,
      seen: 0,
      total: 0,
      finishedAt: Infinity,
      finished: Promise.resolve(),
      stop: () => controller.abort(),
    }
    job.finished = run(job, revokeAll, controller.signal, onError)
    this.#jobs.set(job.id, job)
    return job
  }

  /** Called by each method: a timer would outlive the application. */
  #deleteExpired(): void {
    for (const job of this.#jobs.values()) {
      if (job.finishedAt + KEPT_FOR < Date.now()) this.#jobs.delete(job.id)
    }
  }

  #deleteOldestFinished(): boolean {
    for (const job of this.#jobs.values()) {
      if (job.state !== 'running') return this.#jobs.delete(job.id)
    }
    return false
  }
}

async function run(
  job: Job,
  revokeAll: RevokeAll,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    job.ended = await revokeAll({
      signal,
      stop: job.stop,
      onProgress: ({ ended, seen, total }) => void Object.assign(job, { ended, seen, total }),
    })
    job.state = 'done'
  } catch (error) {
    job.state = signal.aborted && error === signal.reason ? 'stopped' : 'failed'
    if (job.state === 'failed') onError(error)
  }
  job.finishedAt = Date.now()
}
