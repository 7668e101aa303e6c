import { setImmediate } from 'node:timers/promises'
import type { Cluster, Redis } from 'ioredis'
import { createId } from '../../../src/store/token.js'
import { collect } from '../../support/store.js'
import { type Answer, type App, createApp } from '../../support/app.js'
import { type Random, runSeed, seeded } from '../../support/random.js'

/** What somebody was told of a session, and when: times are `performance.now()`. */
interface Told {
  readonly id: string
  readonly user: string
  readonly made: number
  /** `unsure` where a call that was to end it has failed. */
  state: 'alive' | 'ended' | 'unsure'
  ended: number
  /** What its field may hold: what was acknowledged last, and what has failed since. */
  values: string[]
  written: number
  /** When the browser was given its cookie. */
  renewed: number
}

/** Something that was acknowledged, and is not so. */
export interface Loss {
  readonly kind:
    | 'a session that was made is gone'
    | 'a field that was written holds something older'
    | 'a session that was ended lives'
    | 'a living session is not found'
    | 'a request was told that it had no session, while it had one'
  /** The key that should have told otherwise. */
  readonly key: string
  /** When it was acknowledged. */
  readonly at: number
}

/** How many of each kind. */
export function tally(losses: readonly Loss[]): string {
  const counts = new Map<string, number>()
  for (const { kind } of losses) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => `${count} × ${kind}`).join(', ') || 'nothing'
}

/** Visitors who sign in, write, renew, read and end sessions, again and again, in some processes. */
export class Load {
  served = 0
  refused = 0
  readonly #told: Told[] = []
  readonly #apps: readonly App[]
  readonly #workers: Promise<void>[]
  /** Decides what each visitor does; in which order it is done, the servers decide. */
  readonly #seed = runSeed()
  /** Why requests were refused. */
  readonly #causes = new Map<string, number>()
  readonly #strangers: Loss[] = []
  /** A value that all sessions have: its set is as large as the load. */
  readonly #org = createId()
  readonly #goals = new Set<{ reached(): boolean; resolve(): void }>()
  #over = false

  constructor(apps: readonly App[], visitors = 8) {
    this.#apps = apps
    this.#workers = Array.from({ length: visitors }, (_, i) => this.#visit(i))
  }

  /** The key of a set that all sessions are in. */
  get set(): string {
    return this.#apps[0]!.Session.getReferenceKey('org_id', this.#org)
  }

  /** The keys of the sessions that were made last, and not ended. */
  living(count: number): string[] {
    const { store } = this.#apps[0]!.Session
    const living = this.#told.filter(({ state }) => state === 'alive').slice(-count)
    return living.map(({ id }) => store.getSessionKey(id))
  }

  /** Resolves when so many more were served, or refused. */
  async more(kind: 'served' | 'refused', count: number): Promise<void> {
    const goal = this[kind] + count
    const enough = new Promise<void>((resolve) => {
      this.#goals.add({ reached: () => this[kind] >= goal, resolve })
    })
    // A visitor who finds a fault ends immediately, and the test with it.
    await Promise.race([enough, Promise.all(this.#workers)])
  }

  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#workers)
  }

  /** Compares what was told with what there is, after `stop`; and then ends all that is left. Nothing hurries it. */
  async losses(direct: Redis | Cluster): Promise<Loss[]> {
    const [prefix = ''] = this.set.split(':')
    const { Session } = createApp(direct, { prefix })
    const { store } = Session
    const losses = [...this.#strangers]
    const found = async (field: string, value: string) =>
      new Set((await collect(Session.find(field, value))).map(({ id }) => id))
    const inOrg = await found('org_id', this.#org)
    for (const { id, user, made, state, ended, values, written } of this.#told) {
      const key = store.getSessionKey(id)
      const hash = await direct.hgetall(key)
      const lives = Object.keys(hash).length > 0
      if (state === 'alive' && !lives) {
        losses.push({ kind: 'a session that was made is gone', key, at: made })
      }
      if (state === 'ended' && lives) {
        losses.push({ kind: 'a session that was ended lives', key, at: ended })
      }
      if (!lives) continue
      if (!values.includes(hash['value']!)) {
        losses.push({ kind: 'a field that was written holds something older', key, at: written })
      }
      const missing = (set: string) =>
        losses.push({ kind: 'a living session is not found', key: set, at: made })
      if (!(await found('user_id', user)).has(id)) missing(store.getReferenceKey('user_id', user))
      if (!inOrg.has(id)) missing(store.getReferenceKey('org_id', this.#org))
    }
    const wanted = inOrg.size
    const ended = await Session.revokeAll('org_id', this.#org)
    if (ended !== wanted) throw new Error(`revokeAll ended ${ended}, of ${wanted} that were found`)
    return losses
  }

  toString(): string {
    const causes = [...this.#causes].map(([cause, count]) => `${count} × ${cause}`).join(', ')
    return `${this.served} served, ${this.refused} refused (${causes}), ${this.#told.length} sessions, RACES_SEED=${this.#seed}`
  }

  async #visit(visitor: number): Promise<void> {
    const random = seeded(this.#seed + visitor)
    for (let turn = 0; !this.#over; turn++) {
      // A client that was closed refuses at once: then nobody else would ever have a turn.
      await setImmediate()
      const app = this.#apps[(visitor + turn) % this.#apps.length]!
      const user = createId()
      const login = await app.request(undefined, async (session) => {
        await session.set({ user_id: user, org_id: this.#org, value: '0' })
        return session.id!
      })
      if (!this.#count(login)) continue
      const made = performance.now()
      const told: Told = {
        id: login.value!,
        user,
        made,
        state: 'alive',
        ended: 0,
        values: ['0'],
        written: made,
        renewed: made,
      }
      this.#told.push(told)
      const cookie = await this.#write(app, told, login.cookie!, random.below(4))
      if (cookie !== undefined && random.below(2) === 0) await this.#end(app, told, cookie, random)
    }
  }

  /** Writes and renews; the cookie that the browser then holds, if it still opens anything. */
  async #write(app: App, told: Told, first: string, times: number): Promise<string | undefined> {
    let cookie = first
    for (let turn = 1; turn <= times; turn++) {
      const value = String(turn)
      const write = await app.request(cookie, async (session) => {
        const { id } = await session.peek()
        if (id !== told.id) return false
        await session.set({ value })
        return true
      })
      if (write.value === false) return this.#stranger(told)
      if (this.#count(write, told)) {
        told.values = [value]
        told.written = performance.now()
      } else told.values.push(value)
      const renewal = await app.request(cookie, (session) => session.regenerate())
      // It may have been done: then nobody holds the cookie.
      if (!this.#count(renewal, told)) return undefined
      if (!renewal.cookie!.startsWith(told.id)) return this.#stranger(told)
      cookie = renewal.cookie!
      told.renewed = performance.now()
    }
    return cookie
  }

  async #end(app: App, told: Told, cookie: string, random: Random): Promise<void> {
    told.state = 'unsure'
    const { revoke, revokeAll } = app.Session
    const end = await random.pick([
      () => app.request(cookie, (session) => session.delete()),
      () => app.request(undefined, () => revoke(told.id)),
      () => app.request(undefined, () => revokeAll('user_id', told.user)),
    ])()
    if (!this.#count(end, told)) return
    told.state = 'ended'
    told.ended = performance.now()
  }

  #stranger({ id, renewed }: Told): undefined {
    this.#strangers.push({
      kind: 'a request was told that it had no session, while it had one',
      key: this.#apps[0]!.Session.store.getSessionKey(id),
      at: renewed,
    })
  }

  /** Whether a request was served. What was not is an outage, and says so. */
  #count({ error }: Answer<unknown>, told?: Told): boolean {
    if (error === undefined) this.served++
    else if (error.code === 'ERR_SESSION_STORE') {
      this.refused++
      const cause =
        (error.cause as Error | undefined)?.message.replace(/MOVED.*/, 'MOVED') ?? 'timeout'
      this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + 1)
    } else if (error.code === 'ERR_SESSION_REVOKED' && told) this.#stranger(told)
    else throw error
    for (const goal of this.#goals) {
      if (goal.reached() && this.#goals.delete(goal)) goal.resolve()
    }
    return error === undefined
  }
}
