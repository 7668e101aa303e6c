import { usedMemory } from './memory.mjs'
import { openSessions, userNumber } from './sessions.mjs'

/** Concurrent logins. */
const BATCH = 500
/** Longest time for one command, µs. */
const TOO_LONG = 5000
/** Least number of memory samples in one walk. */
const SAMPLES = 20

/**
 * For one user with all sessions, measures `count`, `find` and `revokeAll`: time per session, this
 * process's memory at the start and in each quarter of the walk, and Redis's longest command. It keeps
 * no list of the ids, which would be most of that memory.
 */
export async function measureWalks(client, total) {
  await client.flushall()
  const { Session, login } = openSessions(client)
  const user = userNumber(0)
  const before = await usedMemory(client)
  for (let done = 0; done < total; done += BATCH) {
    await Promise.all(Array.from({ length: Math.min(BATCH, total - done) }, () => login(user)))
  }
  const bytes = ((await usedMemory(client)) - before) / total
  const every = Math.ceil(total / SAMPLES)

  const count = await watch(client, total, async () => Session.count('user_id', user))
  const find = await watch(client, total, async (sample) => {
    let found = 0
    for await (const { id } of Session.find('user_id', user)) {
      if (id !== undefined && ++found % every === 0) sample()
    }
    return found
  })
  const revokeAll = await watch(client, total, async (sample) =>
    Session.revokeAll('user_id', user, { onProgress: sample }),
  )
  // The revocation time stays for an hour.
  const left = (await client.keys('*')).filter((key) => !key.endsWith(':revoked')).length
  return { total, bytes, left, walks: { count, find, revokeAll } }
}

async function watch(client, total, walk) {
  await client.config('SET', 'slowlog-log-slower-than', TOO_LONG)
  await client.config('RESETSTAT')
  await client.slowlog('RESET')
  const memory = []
  const sample = () => memory.push(process.memoryUsage.rss())
  sample()
  const timer = setInterval(sample, 50)
  const start = performance.now()
  const seen = await walk(sample)
  const time = ((performance.now() - start) * 1000) / total
  clearInterval(timer)
  sample()
  if (seen !== total) throw new Error(`${seen} sessions instead of ${total}`)
  const slow = await client.slowlog('GET', 128)
  return {
    time,
    memory: quarters(memory),
    slow: slow.map(([, , duration, [command]]) => ({ command, duration })),
    longest: await longestCommand(client),
  }
}

/** The memory at the start, and the peak of each quarter. */
function quarters([first, ...rest]) {
  const part = (i) => rest.slice(Math.floor((i * rest.length) / 4), ((i + 1) * rest.length) / 4)
  return [first, ...[0, 1, 2, 3].map((i) => Math.max(first, ...part(i)))]
}

/** `{ command, duration }` in µs since the statistics were reset; needs Redis 7. */
async function longestCommand(client) {
  await client.config('SET', 'latency-tracking-info-percentiles', '100')
  const stats = await client.info('latencystats')
  const all = Array.from(stats.matchAll(/^latency_percentiles_usec_(.+?):p100=([\d.]+)/gm))
  const own = all.filter(([, name]) => /^(evalsha|sscan|hget|exists|scard|srem)$/.test(name))
  return own
    .map(([, command, duration]) => ({ command, duration: Number(duration) }))
    .toSorted((a, b) => b.duration - a.duration)[0]
}
