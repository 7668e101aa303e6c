import { runOnce, startLoad, startServers } from './load.mjs'
import { median, quantile } from './statistics.mjs'

/**
 * Measures all servers on all routes in turn, again and again: what else the machine does meanwhile
 * meets all of them. Resolves to `{ route: { server: figures } }`; rejects if an answer was wrong.
 */
export async function measureRounds({ redis, options, log }) {
  const { servers: names, routes, rounds, seconds, connections, driver } = options
  const servers = await startServers(names, redis.config)
  const load = await startLoad(driver)
  const runs = new Map()
  try {
    for (let round = 0; round <= rounds; round++) {
      // Round 0 only warms up.
      const time = round === 0 ? Math.min(seconds, 0.5) : seconds
      for (const route of routes) {
        log(`round ${round} of ${rounds}: ${route}`)
        for (const server of inTurn(servers, round)) {
          const run = await runOnce({ redis, load, server, route, seconds: time, connections })
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
      Object.fromEntries(
        names.map((name) => [name, summarize(of(route, name), of(route, 'floor'))]),
      ),
    ]),
  )
}

/**
 * The order of one round, so that over all rounds each server comes after each other equally often
 * (a Williams square): a run leaves something behind, garbage to collect or sockets to close, that
 * slows the next one. In one order for all, the floor came out a tenth too slow.
 */
function inTurn(servers, round) {
  const { length } = servers
  const zigzag = (place) => (place % 2 === 1 ? (place + 1) / 2 : length - place / 2)
  const order = servers.map((_, place) => servers[(zigzag(place) + round) % length])
  return Math.floor(round / length) % 2 === 1 ? order.toReversed() : order
}

function summarize(runs, floor) {
  const of = (field) => median(runs.map((run) => run[field]))
  // To the floor of the same round, not of all: that is what the turns are for.
  const ratios = runs.map((run, i) => run.perSecond / floor[i].perSecond)
  return {
    ratio: median(ratios),
    // Half of the rounds lie between these.
    ratioFrom: quantile(ratios, 0.25),
    ratioTo: quantile(ratios, 0.75),
    cpuRatio: median(runs.map((run, i) => floor[i].cpu / run.cpu)),
    perSecond: of('perSecond'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
    redisCpu: of('redisCpu'),
    busy: of('busy'),
    memory: of('memory'),
  }
}
