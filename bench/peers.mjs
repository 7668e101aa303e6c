/** How this package and its peers behave: generated races, and what each does by default. See README.md. */
import { parseArgs } from 'node:util'
import { measureFacts } from './peers/facts.mjs'
import { LIBRARIES } from './peers/instance.mjs'
import { measureRaces } from './peers/races.mjs'
import { start } from './redis/start.mjs'
import { costTable, outageTable, racesTable } from './report/peers.mjs'
import { conditions, save } from './report/save.mjs'

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string', default: '30000' },
    only: { type: 'string', default: LIBRARIES.join() },
    out: { type: 'string' },
  },
})
const [schedules, seed, limit] = [values.schedules, values.seed, values.limit].map(Number)
const log = (line) => process.stderr.write(`${line}\n`)

const redis = await start()
try {
  const races = {}
  const facts = {}
  for (const name of values.only.split(',')) {
    races[name] = await measureRaces(name, { redis, schedules, seed })
    facts[name] = await measureFacts(name, { limit })
    log(`${name}: ${JSON.stringify(races[name].promises)}`)
  }
  console.log([racesTable(races), costTable(facts), outageTable(facts)].join('\n\n'))
  const options = { schedules, seed, limit }
  const result = { conditions: await conditions(redis.client), options, races, facts }
  const folder = await save('peers', { out: values.out, result })
  log(`\nSaved as peers.json in ${folder}`)
} finally {
  await redis.stop()
}
