/** The routes: see README.md. */
import { measureRoundTrips } from './lib/delay.mjs'
import { measureLatency } from './lib/latency.mjs'
import { readOptions } from './lib/options.mjs'
import { measureRounds } from './lib/rounds.mjs'
import { GOALS, LATENCY_GOAL } from './lib/servers.mjs'
import { start } from './redis/start.mjs'
import { conditions, save } from './report/save.mjs'
import { plot } from './report/svg.mjs'
import { report } from './report/table.mjs'

const options = readOptions()
const log = (line) => process.stderr.write(`${line}\n`)
const redis = await start(options)
try {
  const routes = await measureRounds({ redis, options, log })
  const latency = await measureLatency({ redis, options, throughput: routes, log })
  const roundTrips = await measureRoundTrips({ redis, options, log })
  const { seconds, rounds, connections, cluster } = options
  const result = {
    conditions: await conditions(redis.client),
    options: { seconds, rounds, connections, cluster },
    // Set for one Redis.
    ...(!cluster && { goals: GOALS, latencyGoal: LATENCY_GOAL }),
    routes,
    latency,
    roundTrips,
  }
  console.log(report(result))
  const where = cluster ? 'a cluster of three primaries' : 'one Redis'
  const svg = plot(routes, `Requests per second on ${where}, as a part of the floor's`)
  const name = cluster ? 'cluster' : 'routes'
  const folder = await save(name, { out: options.out, result, svg })
  log(`\nSaved as ${name}.json and ${name}.svg in ${folder}`)
} finally {
  await redis.stop()
}
