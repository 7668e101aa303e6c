/** Many sessions, and users with many sessions: see README.md. */
import { parseArgs } from 'node:util'
import { start } from './redis/start.mjs'
import { conditions, save } from './report/save.mjs'
import { goalTable, memoryTable, timeTable, walkTable } from './report/scale.mjs'
import { measureMemory } from './scale/memory.mjs'
import { measureTimes } from './scale/times.mjs'
import { measureWalks } from './scale/walks.mjs'

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    only: { type: 'string', default: 'memory,times,walks' },
    out: { type: 'string' },
  },
})
const only = options.only.split(',')
const sizes = options.smoke ? [1000] : [1000, 10_000, 100_000, ...(options.full ? [1_000_000] : [])]
/** Bytes with one session a user, and the fields of version 3; part of a raw delete's speed; µs a session; µs a command. */
const GOALS = { bytes: 512, revokeAll: 0.65, find: 12, command: 5000 }
const log = (line) => process.stderr.write(`${line}\n`)
const number = (value) => value.toLocaleString('en')

const redis = await start()
try {
  const memory = []
  const times = []
  const walks = []
  for (const total of sizes) {
    const few = [1, 10, 1000].filter((it) => it < total)
    for (const each of only.includes('memory') ? few : []) {
      log(`memory: ${number(total)} sessions, ${number(each)} a user`)
      memory.push({ total, each, layouts: await measureMemory(redis.client, total, each) })
    }
    for (const each of only.includes('times') ? [...few, total] : []) {
      log(`time: ${number(total)} sessions, ${number(each)} a user`)
      times.push(await measureTimes(redis.client, total, each))
    }
    if (only.includes('walks')) {
      log(`walks: ${number(total)} sessions of one user`)
      walks.push(await measureWalks(redis.client, total))
    }
  }
  const result = { conditions: await conditions(redis.client), goals: GOALS, memory, times, walks }
  const tables = []
  if (memory.length > 0) tables.push(memoryTable(memory))
  if (times.length > 0) tables.push(timeTable(times))
  if (walks.length > 0) tables.push(walkTable(walks))
  tables.push(goalTable(GOALS, result))
  console.log(tables.join('\n\n'))
  const folder = await save('scale', { out: options.out, result })
  log(`\nSaved as scale.json in ${folder}`)
} finally {
  await redis.stop()
}
