import { setImmediate } from 'node:timers/promises'
import type { Cluster, Redis } from 'ioredis'
import { createId } from '../../src/token.js'
import { until } from '../servers/until.js'
import { collect } from '../store/contract/support.js'
import type { Answer, App } from '../races/app.js'

/** What somebody was told of a session. */
interface Told {
  readonly id: string
  readonly user: string
  /** `unsure` where a call that was to end it has failed. */
  state: 'alive' | 'ended' | 'unsure'
  /** What its field may hold: what was acknowledged last, and what has failed since. */
  values: string[]
}

/** What was acknowledged, and is not so. */
export interface Losses {
  /** Sessions that were made, and are gone. */
  readonly sessions: number
  /** Fields that were written, and hold something older. */
  readonly writes: number
  /** Sessions that were ended, and live. */
  readonly revived: number
  /** Living sessions that no `find` yields. */
  readonly notFound: number
  /** How often a request was told that it had no session, while it had one. */
  readonly strangers: number
}

export const NOTHING: Losses = { sessions: 0, writes: 0, revived: 0, notFound: 0, strangers: 0 }

/** Visitors who sign in, write, renew, read and end sessions, again and again, in some processes. */
export class Load {
  served = 0
  refused = 0
  readonly #told: Told[] = []
  readonly #apps: readonly App[]
  readonly #workers: Promise<void>[]
  /** Why requests were refused. */
  readonly #causes = new Map<string, number>()
  #strangers = 0
  #over = false

  constructor(apps: readonly App[], visitors = 8) {
    this.#apps = apps
    this.#workers = Array.from({ length: visitors }, (_, i) => this.#visit(i))
  }

  /** Resolves when so many more were served, or refused. */
  async more(kind: 'served' | 'refused', count: number): Promise<void> {
    const goal = this[kind] + count
    const enough = until(`${count} more were ${kind}`, async () => this[kind] >= goal)
    // A visitor who finds a fault ends at once, and the test with it.
    await Promise.race([enough, Promise.all(this.#workers)])
  }

  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#workers)
  }

  /** Compares what was told with what there is, after `stop`. */
  async losses(direct: Redis | Cluster): Promise<Losses> {
    const { Session } = this.#apps[0]!
    const lost = { ...NOTHING, strangers: this.#strangers }
    for (const { id, user, state, values } of this.#told) {
      const hash = await direct.hgetall(Session.store.getSessionKey(id))
      const lives = Object.keys(hash).length > 0
      if (state === 'alive' && !lives) lost.sessions++
      if (state === 'ended' && lives) lost.revived++
      if (!lives) continue
      if (!values.includes(hash.value!)) lost.writes++
      const found = await collect(Session.find('user_id', user))
      if (!found.some((each) => each.id === id)) lost.notFound++
    }
    return lost
  }

  toString(): string {
    const causes = [...this.#causes].map(([cause, count]) => `${count} × ${cause}`).join(', ')
    return `${this.served} served, ${this.refused} refused (${causes}), ${this.#told.length} sessions`
  }

  async #visit(visitor: number): Promise<void> {
    for (let turn = 0; !this.#over; turn++) {
      // A client that was closed refuses at once: then nobody else would ever have a turn.
      await setImmediate()
      const app = this.#apps[(visitor + turn) % this.#apps.length]!
      const user = createId()
      const login = await app.request(undefined, async (session) => {
        await session.set({ user_id: user, value: '0' })
        return session.id!
      })
      if (!this.#count(login)) continue
      const told: Told = { id: login.value!, user, state: 'alive', values: ['0'] }
      this.#told.push(told)
      const cookie = await this.#write(app, told, login.cookie!)
      if (cookie !== undefined && turn % 2 === 0) await this.#end(app, told, cookie)
    }
  }

  /** Writes and renews; the cookie that the browser then holds, if it still opens anything. */
  async #write(app: App, told: Told, first: string): Promise<string | undefined> {
    let cookie = first
    for (const value of ['1', '2']) {
      const write = await app.request(cookie, async (session) => {
        const { id } = await session.peek()
        if (id !== told.id) {
          this.#strangers++
          return false
        }
        await session.set({ value })
        return true
      })
      if (write.value === false) return undefined
      if (this.#count(write)) told.values = [value]
      else told.values.push(value)
      const renewal = await app.request(cookie, (session) => session.regenerate())
      // It may have been done: then nobody holds the cookie.
      if (!this.#count(renewal)) return undefined
      if (renewal.cookie!.startsWith(told.id)) cookie = renewal.cookie!
      else {
        this.#strangers++
        return undefined
      }
    }
    return cookie
  }

  async #end(app: App, told: Told, cookie: string): Promise<void> {
    told.state = 'unsure'
    const end =
      told.id.charCodeAt(19) % 2 === 0
        ? await app.request(cookie, (session) => session.delete())
        : await app.request(undefined, () => app.Session.revokeAll('user_id', told.user))
    if (this.#count(end)) told.state = 'ended'
  }

  /** Whether a request was served. What was not is an outage, and says so. */
  #count({ error }: Answer<unknown>): boolean {
    if (error === undefined) this.served++
    else if (error.code === 'ERR_SESSION_STORE') {
      this.refused++
      const cause =
        (error.cause as Error | undefined)?.message.replace(/MOVED.*/, 'MOVED') ?? 'timeout'
      this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + 1)
    } else if (error.code === 'ERR_SESSION_REVOKED') this.#strangers++
    else throw error
    return error === undefined
  }
}
