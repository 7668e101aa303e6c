import { startCluster } from './cluster.mjs'
import { startProxy, Turns } from './proxy.mjs'
import { startRedis } from './server.mjs'

/** One Redis or a cluster, alike: what servers are told of it, and what the suite does with it. */
export async function start({ cluster = false } = {}) {
  const { primaries, stop } = cluster ? await startCluster() : await single()
  const nodes = primaries.map(({ node }) => node)
  const all = (work) => Promise.all(primaries.map(({ client }) => work(client)))
  return {
    /** What servers/client.mjs takes. */
    config: { nodes, cluster },
    client: primaries[0].client,
    stop,
    flush: () => all((client) => client.flushall()),

    /** The number of all keys. */
    async keys() {
      const numbers = await all((client) => client.dbsize())
      return numbers.reduce((sum, number) => sum + number, 0)
    },

    /** The CPU time of all its processes, µs. */
    async cpu() {
      const infos = await all((client) => client.info('cpu'))
      const times = infos.flatMap((info) =>
        Array.from(info.matchAll(/^used_cpu_(?:sys|user):(\S+)/gm)),
      )
      return times.reduce((sum, [, seconds]) => sum + Number(seconds) * 1e6, 0)
    },

    /** Puts a network with a delay in ms before it, and counts the round trips. */
    async behindDelay(delay) {
      const turns = new Turns()
      const proxies = await Promise.all(nodes.map((node) => startProxy(node, delay, turns)))
      const natMap = Object.fromEntries(
        nodes.map(({ host, port }, i) => [`${host}:${port}`, proxies[i].node]),
      )
      return {
        turns,
        config: { nodes: proxies.map(({ node }) => node), cluster, ...(cluster && { natMap }) },
        stop: () => Promise.all(proxies.map((proxy) => proxy.stop())),
      }
    },
  }
}

async function single() {
  const redis = await startRedis()
  return { primaries: [redis], stop: () => redis.stop() }
}
