import { setTimeout as sleep } from 'node:timers/promises'
import { openSessions, userNumber } from '../scale/sessions.mjs'
import { connect } from '../servers/client.mjs'

/** Numbers of users, and of live sessions that each has on average. */
export const GROUPS = {
  hot: { title: 'one set of 1000', users: 1, each: 1000 },
  small: { title: '50 sets of 10', users: 50, each: 10 },
  tiny: { title: '200 sets of 2', users: 200, each: 2 },
}

/** Longest lifetime of a session, s; a short run has shorter ones. */
const LIFE = 5
/** On a cluster ids younger than a minute are never pruned, so sessions must live longer. */
const CLUSTER_LIFE = 75
/** A write on a cluster may take a tenth of a session's lifetime: a shorter one fails on a busy machine. */
const SHORTEST_LIFE = 4
/** Interval of sign-ins, s. */
const TICK = 0.1
/** Redis samples expired keys, so they may leave this much later, s. */
const EXPIRY_LAG = 20

/**
 * Signs users in at a steady rate by `ctx.session.set`, and lets their sessions expire. Resolves to
 * samples taken about once a second, and the time until Redis was empty.
 */
export async function measureChurn({ redis, seconds, log }) {
  const longest = redis.config.cluster ? CLUSTER_LIFE : LIFE
  const life = Math.min(longest, Math.max(SHORTEST_LIFE, seconds / 4))
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
        samples.push(await takeSample(redis, client, groups, elapsed(), life))
        log(`${elapsed().toFixed(0)} of ${seconds} s`)
      }
      await sleep(Math.max(0, tick * TICK - elapsed()) * 1000)
    }
    const ended = elapsed()
    const last = await longestLife(client, groups)
    while ((await redis.keys()) > 0) {
      if (elapsed() - ended > last + EXPIRY_LAG) {
        throw new Error(`${await redis.keys()} keys are left after their time to live`)
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

/** Signs in the users whose turn it is in this tick. */
function signIn({ users, perTick, logins }, tick, login, maxAge) {
  const first = Math.floor((tick - 1) * perTick)
  const end = Math.floor(tick * perTick)
  return Array.from({ length: end - first }, async (_, i) => {
    await login(users[(first + i) % users.length], maxAge)
    logins.push(performance.now())
  })
}

/** Compares the ids in the sets with the live sessions. */
async function takeSample(redis, client, groups, time, life) {
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

/** The longest time to live of the sets, s. */
async function longestLife(client, groups) {
  const sets = groups.flatMap((group) => group.sets)
  const times = await Promise.all(sets.map((set) => client.pttl(set)))
  return Math.max(...times) / 1000
}
