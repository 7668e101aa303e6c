/** Where a server's CPU time goes, compared with the floor: see README.md. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runOnce, startLoad, startServers } from './lib/load.mjs'
import { ROUTES } from './lib/servers.mjs'
import { start } from './redis/start.mjs'
import { summarizeProfile } from './report/profile.mjs'
import { table } from './report/table.mjs'

const { values: options } = parseArgs({
  options: {
    server: { type: 'string', default: 'ours' },
    routes: { type: 'string', default: ROUTES.join() },
    seconds: { type: 'string', default: '4' },
    top: { type: 'string', default: '25' },
    cluster: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
})
const seconds = Number(options.seconds)

const redis = await start(options)
const load = await startLoad('autocannon')
try {
  for (const route of options.routes.split(',')) {
    const floor = await profile('floor', route)
    const own = await profile(options.server, route)
    const names = new Set([...own.packages, ...floor.packages].map(([name]) => name))
    const rows = [...names].map((name) => [
      name,
      { [options.server]: of(own.packages, name), floor: of(floor.packages, name) },
    ])
    console.log(`\n${table(`/${route}: µs/request`, Object.fromEntries(rows))}\n`)
    for (const [name, time] of own.functions.slice(0, Number(options.top))) {
      console.log(`${time.toFixed(2).padStart(7)}  ${name}`)
    }
  }
} finally {
  await load.stop()
  await redis.stop()
}

async function profile(name, route) {
  const [server] = await startServers([name], redis.config)
  try {
    const run = (time) => runOnce({ redis, load, server, route, seconds: time, connections: 32 })
    await run(1)
    await server.ask('startProfile')
    const { answered } = await run(seconds)
    const result = await server.ask('stopProfile')
    if (options.out !== undefined) {
      await mkdir(options.out, { recursive: true })
      const file = join(options.out, `${name}-${route}.cpuprofile`)
      await writeFile(file, JSON.stringify(result))
    }
    return summarizeProfile(result, answered)
  } finally {
    await server.stop()
  }
}

function of(times, name) {
  const [, time = 0] = times.find(([key]) => key === name) ?? []
  return time.toFixed(2)
}
