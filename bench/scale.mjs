/** Many sessions, and users with many: see README.md. */
import { parseArgs } from 'node:util'
import { short } from './lib/statistics.mjs'
import { start } from './redis/start.mjs'
import { conditions, save } from './report/save.mjs'
import { table } from './report/table.mjs'
import { measureMemory } from './scale/memory.mjs'
import { measureTimes } from './scale/times.mjs'

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
})
const sizes = options.smoke ? [100] : [1000, 10_000, 100_000, ...(options.full ? [1_000_000] : [])]
/** The bytes that version 3 took, with one session a user; and the part of a raw delete's speed. */
const GOALS = { bytes: 520, revokeAll: 0.5 }
const log = (line) => process.stderr.write(`${line}\n`)
const number = (value) => value.toLocaleString('en')

const redis = await start()
try {
  const memory = []
  const times = []
  for (const total of sizes) {
    for (const each of [1, 10, 1000].filter((it) => it < total)) {
      log(`memory: ${number(total)} sessions, ${number(each)} a user`)
      memory.push({ total, each, layouts: await measureMemory(redis.client, total, each) })
    }
    for (const each of [...[1, 10, 1000].filter((it) => it < total), total]) {
      log(`time: ${number(total)} sessions, ${number(each)} a user`)
      times.push(await measureTimes(redis.client, total, each))
    }
  }
  const result = { conditions: await conditions(redis.client), goals: GOALS, memory, times }
  console.log(`${memoryTable(memory)}\n\n${timeTable(times)}\n`)
  console.log(
    `Goals: at most ${GOALS.bytes} bytes of Redis with one session a user; ` +
      `raw/revokeAll at least ${GOALS.revokeAll}`,
  )
  const folder = await save('scale', { out: options.out, result })
  log(`\nSaved as scale.json in ${folder}`)
} finally {
  await redis.stop()
}

function memoryTable(rows) {
  return table(
    'bytes/session: key + set share (all of Redis)',
    Object.fromEntries(
      rows.map(({ total, each, layouts }) => [
        `${number(total)} sessions, ${number(each)} a user`,
        Object.fromEntries(
          Object.entries(layouts).map(([name, { key, set, all }]) => [
            name,
            `${Math.round(key)} + ${Math.round(set)} (${Math.round(all)})`,
          ]),
        ),
      ]),
    ),
  )
}

function timeTable(rows) {
  return table(
    'µs/session',
    Object.fromEntries(
      rows.map(({ sessions, each, find, count, revokeAll, raw, ratio, rssGrowth }) => [
        `${number(sessions)} sessions, ${number(each)} a user`,
        {
          find: short(find),
          count: short(count),
          revokeAll: short(revokeAll),
          'raw delete': short(raw),
          'raw/revokeAll': short(ratio),
          'process grew by': `${Math.round(rssGrowth / 2 ** 20)} MB`,
        },
      ]),
    ),
  )
}
