import { setTimeout as sleep } from 'node:timers/promises'
import { Visitor } from '../load/visitor.mjs'
import { startServers } from './load.mjs'
import { median } from './statistics.mjs'
import { isLogin } from './servers.mjs'

/** Of each reply of Redis, ms. */
export const DELAY = 1

/** Time in ms for commands that a library sends after its response. */
const AFTER = 4 * DELAY

/**
 * Round trips to Redis per request, and the response time if each takes a millisecond:
 * `{ route: { server: { trips, ms } } }`.
 */
export async function measureRoundTrips({ redis, options, log }) {
  const { servers: names, routes, smoke } = options
  const requests = smoke ? 3 : 21
  const result = Object.fromEntries(routes.map((route) => [route, {}]))
  for (const name of names) {
    log(`round trips: ${name}`)
    const network = await redis.behindDelay(DELAY)
    const [server] = await startServers([name], network.config)
    try {
      await redis.flush()
      const visitor = await new Visitor().signIn(server.url)
      for (const route of routes) {
        const ask = () => askOnce(server.url, route, visitor, network.turns)
        await ask() // The first request may do more, such as load a script.
        const answers = []
        while (answers.length < requests) answers.push(await ask())
        result[route][name] = {
          trips: median(answers.map(({ trips }) => trips)),
          ms: median(answers.map(({ ms }) => ms)),
        }
      }
    } finally {
      await server.stop()
      await network.stop()
    }
  }
  return result
}

async function askOnce(url, route, visitor, turns) {
  const before = turns.count
  const start = performance.now()
  const headers = isLogin(route) ? {} : { cookie: visitor.cookie }
  const response = await fetch(`${url}/${route}`, { headers })
  const body = await response.text()
  const ms = performance.now() - start
  if (!visitor.accepts(route, body)) throw new Error(`${route} answered ${body}`)
  await sleep(AFTER)
  return { trips: turns.count - before, ms }
}
