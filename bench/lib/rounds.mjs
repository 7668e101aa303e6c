import { runOnce, startLoad, startServers } from './load.mjs'
import { median, quantile } from './statistics.mjs'

/**
 * Measures all servers on all routes in rounds, so that other load on the machine affects all alike.
 * Resolves to `{ route: { server: figures } }`, with ratios to the `base`; rejects if a response was wrong.
 */
export async function measureRounds({ redis, options, log }) {
  const { servers: names, routes, rounds, seconds, driver, base = 'floor' } = options
  const { connections, sessions } = options
  const servers = await startServers(names, redis.config)
  const load = await startLoad(driver)
  const runs = new Map()
  try {
    for (let round = 0; round <= rounds; round++) {
      // Round 0 is the warm-up.
      const time = round === 0 ? Math.min(seconds, 0.5) : seconds
      for (const route of routes) {
        log(`round ${round} of ${rounds}: ${route}`)
        for (const server of inTurn(servers, round)) {
          const each = { redis, load, server, route, seconds: time }
          const run = await runOnce({ ...each, connections, sessions })
          const key = `${route} ${server.name}`
          if (round > 0) runs.set(key, [...(runs.get(key) ?? []), run])
        }
      }
    }
  } finally {
    await Promise.all([load, ...servers].map((child) => child.stop()))
  }
  const of = (route, name) => runs.get(`${route} ${name}`)
  return Object.fromEntries(
    routes.map((route) => [
      route,
      Object.fromEntries(names.map((name) => [name, summarize(of(route, name), of(route, base))])),
    ]),
  )
}

/**
 * The order of one round. Over all rounds each server follows each other equally often (a Williams
 * square), as a run slows the next one by garbage to collect and sockets to close: in a fixed order the
 * floor was a tenth too slow.
 */
function inTurn(servers, round) {
  const { length } = servers
  const zigzag = (place) => (place % 2 === 1 ? (place + 1) / 2 : length - place / 2)
  const order = servers.map((_, place) => servers[(zigzag(place) + round) % length])
  return Math.floor(round / length) % 2 === 1 ? order.toReversed() : order
}

function summarize(runs, base) {
  const of = (field) => median(runs.map((run) => run[field]))
  // To the base of the same round.
  const ratios = runs.map((run, i) => run.perSecond / base[i].perSecond)
  return {
    ratio: median(ratios),
    // Half of the rounds are between these.
    ratioFrom: quantile(ratios, 0.25),
    ratioTo: quantile(ratios, 0.75),
    cpuRatio: median(runs.map((run, i) => base[i].cpu / run.cpu)),
    perSecond: of('perSecond'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
    redisCpu: of('redisCpu'),
    busy: of('busy'),
    memory: of('memory'),
  }
}
