/**
 * Repeats the tests of races, faults and the model for a given time, or until they fail:
 * `npm run test:soak -- 10m`. Each round prints its seed, which decides the schedules of the races and
 * the visitors under faults; RACES_SEED and RACES_RUNS repeat a round.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import ms from 'ms'

const [wanted = '10m'] = process.argv.slice(2)
const time = ms(wanted)
if (!(time > 0)) throw new Error(`"${wanted}" is not a duration such as "10m"`)

const FOLDERS = ['test/integration/races', 'test/integration/faults', 'test/model']
const { RACES_SEED, RACES_RUNS = '500' } = process.env
const until = Date.now() + time
let round = 0
do {
  round++
  // A given seed is for the first round.
  const seed = round === 1 && RACES_SEED ? RACES_SEED : String(randomInt(2 ** 31))
  console.log(`Round ${round}: RACES_SEED=${seed} RACES_RUNS=${RACES_RUNS}`)
  const { status } = spawnSync('npx', ['vitest', 'run', ...FOLDERS], {
    stdio: 'inherit',
    env: { ...process.env, RACES_SEED: seed, RACES_RUNS },
  })
  if (status !== 0) {
    console.log(`Round ${round} failed. To repeat it:`)
    console.log(`RACES_SEED=${seed} RACES_RUNS=${RACES_RUNS} npx vitest run ${FOLDERS.join(' ')}`)
    process.exit(1)
  }
} while (Date.now() < until)
console.log(`${round} rounds passed`)
