/** What the audit log of docs/guide/observing.md costs. See README.md. */
import { parseArgs } from 'node:util'
import { measureRounds } from './lib/rounds.mjs'
import { start } from './redis/start.mjs'
import { conditions, save } from './report/save.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '32' }, out: { type: 'string' } },
})
const log = (line) => process.stderr.write(`${line}\n`)

const ENTRY = JSON.stringify({
  event: 'signed-in',
  id: 'Pkpvgkj4zQa1ZQy1jFLU',
  references: { user_id: '1234567' },
  at: 1790000000000,
})

/** Bytes of one event in the stream for all, and in the lists of users with so many events each. */
async function measureMemory({ client, flush }) {
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1])
  const append = async (key) => {
    if (key === 'audit:all') return client.xadd(key, 'MAXLEN', '~', 100_000, '*', 'entry', ENTRY)
    return Promise.all([client.lpush(key, ENTRY), client.expire(key, 90 * 24 * 3600)])
  }
  const fill = async (count, key) => {
    await flush()
    const before = await used()
    for (let i = 0; i < count; i += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, j) => append(key(i + j))))
    }
    return ((await used()) - before) / count
  }
  return {
    all: await fill(100_000, () => 'audit:all'),
    users: {
      1: await fill(20_000, (i) => `audit:user_id:${i}`),
      10: await fill(50_000, (i) => `audit:user_id:${i % 5000}`),
      100: await fill(50_000, (i) => `audit:user_id:${i % 500}`),
    },
  }
}

const redis = await start()
try {
  const options = {
    servers: ['ours', 'audited'],
    base: 'ours',
    routes: ['read', 'write', 'login'],
    rounds: Number(values.rounds),
    seconds: 0.25,
    connections: 32,
    driver: 'autocannon',
  }
  const bytesPerEvent = await measureMemory(redis)
  const routes = await measureRounds({ redis, options, log })
  const result = { conditions: await conditions(redis.client), options, bytesPerEvent, routes }
  for (const [route, { ours, audited }] of Object.entries(routes)) {
    const { ratio, ratioFrom, ratioTo, cpu, redisCpu, p50, p99 } = audited
    console.log(
      `${route}: ${ratio.toFixed(2)} (${ratioFrom.toFixed(2)}–${ratioTo.toFixed(2)}) of the requests, ` +
        `CPU ${ours.cpu.toFixed(1)} + ${ours.redisCpu.toFixed(1)} → ${cpu.toFixed(1)} + ${redisCpu.toFixed(1)} µs, ` +
        `p50 ${ours.p50} → ${p50} ms, p99 ${ours.p99} → ${p99} ms`,
    )
  }
  console.log('bytes per event', bytesPerEvent)
  const folder = await save('audit', { out: values.out, result })
  log(`\nSaved as audit.json in ${folder}`)
} finally {
  await redis.stop()
}
