/** What one call of each kind costs Redis: see README.md. */
import { parseArgs } from 'node:util'
import { Cluster, Redis } from 'ioredis'
import { addReplicas, startCluster } from './redis/cluster.mjs'
import { startRedis } from './redis/server.mjs'
import { costTable } from './report/costs.mjs'
import { conditions, save } from './report/save.mjs'
import { measureCosts } from './scale/costs.mjs'

const { values: options } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, out: { type: 'string' } },
})
const calls = options.smoke ? 200 : 20_000
const log = (line) => process.stderr.write(`${line}\n`)

const started = []
const replicated = async (primaries, args) => {
  started.push(...primaries)
  started.push(...(await addReplicas(primaries, args)))
  return primaries
}
try {
  log('one Redis')
  const [redis] = await replicated([await startRedis()])
  const one = await measureCosts([redis], new Redis(redis.node), calls)
  log('a cluster of three')
  const { primaries } = await startCluster(3)
  await replicated(primaries, { cluster: true })
  const cluster = await measureCosts(
    primaries,
    new Cluster(primaries.map(({ node }) => node)),
    calls,
  )
  const result = { conditions: await conditions(redis.client), calls, one, cluster }
  console.log(costTable(result))
  const folder = await save('costs', { out: options.out, result })
  log(`\nSaved as costs.json in ${folder}`)
} finally {
  await Promise.all(started.map((server) => server.stop()))
}
