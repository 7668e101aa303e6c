import { setTimeout as sleep } from 'node:timers/promises'
import { openSessions, userNumber } from '../scale/sessions.mjs'
import { connect } from '../servers/client.mjs'

/** Who signs in: how many users, and how many sessions each of them has on average. */
export const GROUPS = {
  hot: { title: 'one set of 1000', users: 1, each: 1000 },
  small: { title: '50 sets of 10', users: 50, each: 10 },
  tiny: { title: '200 sets of 2', users: 200, each: 2 },
}

/** How long a session lives at most, s: a shorter run has shorter lives. */
const LIFE = 5
/**
 * The same on a cluster, where an id younger than a minute may be that of a session being created, and
 * stays: sessions that live for less would show nothing but that.
 */
const CLUSTER_LIFE = 75
/** How often users sign in, s. */
const TICK = 0.1
/** How much later than its time a key may leave, s: Redis looks for dead ones now and then. */
const PATIENCE = 20

/**
 * Signs users in at a steady rate for so many seconds, by `ctx.session.set`, and lets time alone end
 * their sessions. Resolves to what was seen about once a second, and to how long it took until
 * Redis was empty.
 */
export async function measureChurn({ redis, seconds, log }) {
  const life = Math.min(redis.config.cluster ? CLUSTER_LIFE : LIFE, seconds / 4)
  const client = connect(redis.config)
  try {
    const { Session, login } = openSessions(client)
    const groups = Object.entries(GROUPS).map(([name, group], i) => {
      const users = Array.from({ length: group.users }, (_, j) => userNumber(i * 1000 + j))
      const sets = users.map((user) => Session.getReferenceKey('user_id', user))
      return { name, users, sets, perTick: (users.length * group.each * TICK) / life, logins: [] }
    })
    const samples = []
    const begun = performance.now()
    const elapsed = () => (performance.now() - begun) / 1000
    const every = Math.min(1, seconds / 4)
    for (let tick = 1; tick * TICK <= seconds; tick++) {
      await Promise.all(groups.flatMap((group) => signIn(group, tick, login, life * 1000)))
      if (elapsed() >= (samples.length + 1) * every) {
        samples.push(await look(redis, client, groups, elapsed(), life))
        log(`${elapsed().toFixed(0)} of ${seconds} s`)
      }
      await sleep(Math.max(0, tick * TICK - elapsed()) * 1000)
    }
    const ended = elapsed()
    const last = await longestLife(client, groups)
    while ((await redis.keys()) > 0) {
      if (elapsed() - ended > last + PATIENCE) {
        throw new Error(`${await redis.keys()} keys are left after their time`)
      }
      await sleep(100)
    }
    const most = ({ name }) => Math.max(...samples.map((sample) => sample.groups[name].ratio))
    return {
      seconds,
      life,
      groups: Object.fromEntries(
        groups.map((group) => [group.name, { ...GROUPS[group.name], most: most(group) }]),
      ),
      samples,
      empty: elapsed() - ended,
    }
  } finally {
    client.disconnect()
  }
}

/** So many of a group that their rate is steady; the users take turns. */
function signIn({ users, perTick, logins }, tick, login, maxAge) {
  const first = Math.floor((tick - 1) * perTick)
  const end = Math.floor(tick * perTick)
  return Array.from({ length: end - first }, async (_, i) => {
    await login(users[(first + i) % users.length], maxAge)
    logins.push(performance.now())
  })
}

/** The ids in the sets beside the sessions that live; of those that have died the times are forgotten. */
async function look(redis, client, groups, time, life) {
  const result = {}
  for (const group of groups) {
    const sizes = await Promise.all(group.sets.map((set) => client.scard(set)))
    const since = performance.now() - life * 1000
    group.logins = group.logins.filter((at) => at > since)
    const ids = sizes.reduce((sum, size) => sum + size, 0)
    const living = group.logins.length
    result[group.name] = { ids, living, ratio: ids / living, largest: Math.max(...sizes) }
  }
  return { time, groups: result, keys: await redis.keys() }
}

/** For how long the sets may stay, s. */
async function longestLife(client, groups) {
  const sets = groups.flatMap((group) => group.sets)
  const times = await Promise.all(sets.map((set) => client.pttl(set)))
  return Math.max(...times) / 1000
}
