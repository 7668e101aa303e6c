import { startChild } from './child.mjs'
import { OFTEN } from './servers.mjs'

export async function startServers(names, config) {
  const servers = []
  for (const name of names) {
    const child = await startChild('servers/process.mjs', [name, JSON.stringify(config)])
    servers.push({ name, url: `http://127.0.0.1:${child.first}`, ...child })
  }
  return servers
}

export function startLoad(driver) {
  return startChild('load/process.mjs', [driver])
}

/**
 * Loads one route of one server, on an empty Redis. With a `rate` requests come so often a second.
 * `sessions`: how many each user of `/login25` has before.
 */
export async function runOnce(run) {
  const { redis, load, server, route, seconds, connections, rate, sessions = OFTEN.sessions } = run
  const { name, url } = server
  const usage = async () => ({ ...(await server.ask('usage')), redis: await redis.cpu() })
  try {
    await redis.flush()
    await load.ask('signIn', { url, connections })
    if (route === 'login25') await load.ask('fill', { url, sessions })
    const before = await usage()
    const { answered, ...result } = await load.ask('run', { url, route, seconds, rate })
    const after = await usage()
    const used = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system
    const cpu = used / answered
    return {
      ...result,
      answered,
      /** µs per request. */
      cpu,
      redisCpu: (after.redis - before.redis) / answered,
      /** Fraction of the time in which the server used the CPU. */
      busy: (cpu * result.perSecond) / 1e6,
      memory: after.memory,
    }
  } catch (cause) {
    throw new Error(`${name}, /${route}: the run is invalid`, { cause })
  }
}
