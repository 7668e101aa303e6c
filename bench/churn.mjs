/** Do sets grow under steady logins, and is anything left? See README.md. */
import { parseArgs } from 'node:util'
import { GROUPS, measureChurn } from './churn/measure.mjs'
import { start } from './redis/start.mjs'
import { conditions, save } from './report/save.mjs'
import { churnTable } from './report/churn.mjs'

const GOAL = 1.5

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    cluster: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
})
const { cluster, smoke } = options
const seconds = Number(options.seconds ?? (smoke ? 2 : cluster ? 300 : 60))
if (!(seconds > 0)) throw new Error('--seconds must be a number above 0')
const log = (line) => process.stderr.write(`${line}\n`)

const redis = await start({ cluster })
try {
  const churn = await measureChurn({ redis, seconds, log })
  const { samples, life, empty } = churn
  console.log(`${churnTable(samples)}\n`)
  for (const [name, { most }] of Object.entries(churn.groups)) {
    console.log(`${GROUPS[name].title}: at most ${most.toFixed(2)} ids per live session`)
  }
  console.log(`Goal: at most ${GOAL}, or five ids in a small set`)
  console.log(
    `Nothing left ${empty.toFixed(1)} s after the last login; each session lived for ${life} s`,
  )
  const result = { conditions: await conditions(redis.client), goal: GOAL, cluster, ...churn }
  const name = cluster ? 'churn-cluster' : 'churn'
  const folder = await save(name, { out: options.out, result })
  log(`\nSaved as ${name}.json in ${folder}`)
} finally {
  await redis.stop()
}
