import { startCluster } from './cluster.mjs'
import { startProxy, Turns } from './proxy.mjs'
import { startRedis } from './server.mjs'

/** Starts one Redis or a cluster, with one interface. */
export async function start({ cluster = false } = {}) {
  const { primaries, stop } = cluster ? await startCluster() : await single()
  const nodes = primaries.map(({ node }) => node)
  const all = (work) => Promise.all(primaries.map(({ client }) => work(client)))
  return {
    /** For servers/client.mjs. */
    config: { nodes, cluster },
    client: primaries[0].client,
    stop,
    flush: () => all((client) => client.flushall()),

    async keys() {
      const numbers = await all((client) => client.dbsize())
      return numbers.reduce((sum, number) => sum + number, 0)
    },

    /** CPU time of all processes, µs. */
    async cpu() {
      const infos = await all((client) => client.info('cpu'))
      const times = infos.flatMap((info) =>
        Array.from(info.matchAll(/^used_cpu_(?:sys|user):(\S+)/gm)),
      )
      return times.reduce((sum, [, seconds]) => sum + Number(seconds) * 1e6, 0)
    },

    /** Starts proxies with a delay in ms, which count round trips. */
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
