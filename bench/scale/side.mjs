import { Cluster } from 'ioredis'
import { fill } from './fill.mjs'
import { usedMemory } from './memory.mjs'
import { openSessions, userNumber } from './sessions.mjs'

/** Concurrent sign-ins. */
const BATCH = 200

/** A cluster, and sessions on it. Users are numbered as they come. */
export class Side {
  #client
  #users = 0
  /** `{ id, user }` of some sessions. */
  sample = []

  constructor(name, cluster) {
    this.name = name
    this.cluster = cluster
    this.#client = new Cluster(cluster.primaries.map(({ node }) => node))
    Object.assign(this, openSessions(this.#client))
  }

  newUser() {
    return userNumber(this.#users++)
  }

  /** New sessions by `ctx.session.set`, one a user; or all of one user. */
  async signIn(count, user) {
    await this.#measureEmpty()
    for (let done = 0; done < count; done += BATCH) {
      const users = Array.from(
        { length: Math.min(BATCH, count - done) },
        () => user ?? this.newUser(),
      )
      const ids = await Promise.all(users.map((one) => this.login(one)))
      if (user === undefined) this.sample.push(...ids.map((id, i) => ({ id, user: users[i] })))
    }
  }

  async fill(count, until) {
    const { cluster, Session, sample } = this
    const from = this.#users
    this.#users += count
    this.sample = await fill({ cluster, Session, original: sample[0], from, count, until })
  }

  /** What is there before the first session is not theirs. */
  async #measureEmpty() {
    if (this.empty !== undefined) return
    await this.login(this.newUser()) // Loads the scripts.
    await this.#all((client) => client.flushall())
    this.empty = await this.#used()
    await this.#all((client) => client.config('RESETSTAT'))
    await this.#all((client) => client.config('SET', 'latency-tracking-info-percentiles', '100'))
  }

  /** Sessions and sets, and bytes of a session: of all of Redis, and as the system sees the processes. */
  async memory() {
    const keys = await this.#sum((client) => client.dbsize())
    const users = this.#users - 1
    const resident = await this.#sum(async (client) =>
      number(await client.info('memory'), 'used_memory_rss'),
    )
    return {
      sessions: users,
      sets: keys - users,
      bytes: ((await this.#used()) - this.empty) / users,
      resident: resident / users,
    }
  }

  /** The longest commands since the start, µs; those of the filling are `eval`. */
  async longest() {
    const stats = await this.#all((client) => client.info('latencystats'))
    const all = stats
      .join('\n')
      .matchAll(/^latency_percentiles_usec_(evalsha|hgetall|hget|exists|hmget):p100=([\d.]+)/gm)
    return Math.max(...Array.from(all, ([, , time]) => Number(time)))
  }

  async stop() {
    this.#client.disconnect()
    await this.cluster.stop()
  }

  #all(work) {
    return Promise.all(this.cluster.primaries.map(({ client }) => work(client)))
  }

  async #sum(work) {
    return (await this.#all(work)).reduce((sum, one) => sum + one, 0)
  }

  #used() {
    return this.#sum(usedMemory)
  }
}

function number(info, name) {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)[1])
}
