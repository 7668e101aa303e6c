import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from './server.mjs'

const SLOTS = 16_384
const ARGS = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf']

/** Starts a cluster of primaries without replicas; resolves once all of them report it as ok. */
export async function startCluster(size = 3) {
  const primaries = await Promise.all(Array.from({ length: size }, () => startRedis(ARGS)))
  const stop = () => Promise.all(primaries.map((primary) => primary.stop()))
  try {
    await Promise.all(primaries.map(({ client }, i) => takeSlots(client, i, size)))
    const [first, ...others] = primaries
    for (const { node } of others) await first.client.cluster('MEET', node.host, node.port)
    await untilOk(primaries)
  } catch (error) {
    await stop()
    throw error
  }
  return { primaries, stop }
}

/** Gives each primary a replica; resolves to them once they are in step. */
export async function addReplicas(primaries, { cluster = false } = {}) {
  const replicas = await Promise.all(primaries.map(() => startRedis(cluster ? ARGS : [])))
  for (const [i, replica] of replicas.entries()) {
    const { node, client } = primaries[i]
    if (cluster) {
      const id = await client.cluster('MYID')
      await replica.client.cluster('MEET', node.host, node.port)
      while (!(await replica.client.cluster('NODES')).includes(id)) await sleep(25)
      await replica.client.cluster('REPLICATE', id)
    } else {
      await replica.client.replicaof(node.host, node.port)
    }
    while (!(await replica.client.info('replication')).includes('master_link_status:up')) {
      await sleep(25)
    }
  }
  return replicas
}

async function takeSlots(client, index, size) {
  const first = Math.ceil((index * SLOTS) / size)
  const end = Math.ceil(((index + 1) * SLOTS) / size)
  // Different epochs from the start: otherwise the primaries must first resolve a conflict.
  await client.cluster('SET-CONFIG-EPOCH', index + 1)
  await client.cluster('ADDSLOTS', ...Array.from({ length: end - first }, (_, i) => first + i))
}

async function untilOk(primaries) {
  for (const { client } of primaries) {
    const deadline = performance.now() + 20_000
    for (;;) {
      const info = await client.cluster('INFO')
      const ranges = await client.cluster('SLOTS')
      if (info.includes('cluster_state:ok') && ranges.length === primaries.length) break
      if (performance.now() > deadline) throw new Error(`The cluster is not ok:\n${info}`)
      await sleep(25)
    }
  }
}
