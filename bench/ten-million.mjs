/** A cluster of six primaries with ten million sessions, beside one with few: see README.md. */
import { freemem } from 'node:os'
import { parseArgs } from 'node:util'
import { startCluster } from './redis/cluster.mjs'
import { conditions, save } from './report/save.mjs'
import { largeTable } from './report/large.mjs'
import { Side } from './scale/side.mjs'
import { measureSlices, measureWholeUsers } from './scale/large.mjs'

const { values: options } = parseArgs({
  options: { sessions: { type: 'string', default: '10000000' }, out: { type: 'string' } },
})
const total = Number(options.sessions)
const full = total >= 1_000_000
const few = full ? 50_000 : 500
/** Sessions of one user, ended together. */
const many = full ? 100_000 : 600
/** What one takes at most, bytes, and what is left to everything else on the machine. */
const ROOM = 700
const RESERVE = full ? 6 * 2 ** 30 : 0
/** For the filling, ms. */
const PATIENCE = 30 * 60_000
const log = (line) => process.stderr.write(`${line}\n`)

const needed = (total + few + 2 * many) * ROOM + RESERVE
if (needed > freemem()) {
  throw new Error(`${total} sessions need ${Math.ceil(needed / 2 ** 30)} GiB of free memory`)
}
const sides = []
try {
  for (const name of ['small', 'large']) {
    sides.push(new Side(name, await startCluster(6)))
  }
  const [small, large] = sides
  const clients = small.cluster.primaries[0].client
  log(`${few} sign-ins on the small cluster`)
  await small.signIn(few)
  log(`${total} sessions on the large one, ${few} of them sign-ins`)
  await large.signIn(few)
  await large.fill(total - few, performance.now() + PATIENCE)
  const memory = { small: await small.memory(), large: await large.memory() }
  log('reads and sign-ins in alternating slices')
  const slices = await measureSlices(sides, full ? { rounds: 40, ms: 250 } : { rounds: 2, ms: 50 })
  log('find, count and revokeAll')
  const users = await measureWholeUsers(sides, { each: 25, users: full ? 200 : 4 })
  const crowd = await measureWholeUsers(sides, { each: many, users: 1 })
  const result = {
    conditions: await conditions(clients),
    total,
    few,
    many,
    memory,
    slices,
    users,
    crowd,
    longest: { small: await small.longest(), large: await large.longest() },
  }
  console.log(largeTable(result))
  const folder = await save('ten-million', { out: options.out, result })
  log(`\nSaved as ten-million.json in ${folder}`)
} finally {
  await Promise.all(sides.map((side) => side.stop()))
}
