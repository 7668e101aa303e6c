import { runOnce, startLoad, startServers } from './load.mjs'
import { median, quantile } from './statistics.mjs'

/** Part of the floor's throughput at which requests come. */
export const LOAD = 0.7

/**
 * Latency where requests come at a fixed rate, the same for all servers: 70 % of what the floor answered before.
 * Servers take turns. Resolves to `{ route: { server: { rate, p50, p99, ratio, ratioFrom, ratioTo } } }`, with the
 * ratios of the p99 to the floor's in the same slice.
 */
export async function measureLatency({ redis, options, throughput, log }) {
  const { routes, openLoop, connections, sessions } = options
  const servers = await startServers(openLoop.servers, redis.config)
  const load = await startLoad('open-loop')
  const result = {}
  try {
    for (const route of routes) {
      const rate = LOAD * throughput[route].floor.perSecond
      const runs = servers.map(() => [])
      for (let slice = 0; slice <= openLoop.slices; slice++) {
        log(`latency, slice ${slice} of ${openLoop.slices}: ${route}`)
        const order = [...servers.keys()]
        for (const i of slice % 2 === 0 ? order : order.toReversed()) {
          const { seconds } = openLoop
          const run = await runOnce({
            redis,
            load,
            server: servers[i],
            route,
            seconds,
            connections,
            rate,
            sessions,
          })
          // Slice 0 is the warm-up.
          if (slice > 0) runs[i].push(run)
        }
      }
      const figures = servers.map(({ name }, i) => [name, summarize(runs[i], runs[0], rate)])
      result[route] = Object.fromEntries(figures)
    }
  } finally {
    await Promise.all([load, ...servers].map((child) => child.stop()))
  }
  return result
}

function summarize(runs, floor, rate) {
  const ratios = runs.map(({ p99 }, i) => p99 / floor[i].p99)
  return {
    rate,
    p50: median(runs.map(({ p50 }) => p50)),
    p99: median(runs.map(({ p99 }) => p99)),
    ratio: median(ratios),
    ratioFrom: quantile(ratios, 0.25),
    ratioTo: quantile(ratios, 0.75),
  }
}
