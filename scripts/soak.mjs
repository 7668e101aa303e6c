/**
 * Runs the races, the faults and the model's tests again and again, for as long as one says:
 * `npm run test:soak -- 10m`. Each round has a seed of its own, which is printed: with RACES_SEED
 * and RACES_RUNS a round runs again. It decides the schedules of the races and what the visitors
 * do under faults; the cuts and the model leave nothing to chance. Ends at the first round that fails.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import ms from 'ms'

const [wanted = '10m'] = process.argv.slice(2)
const time = ms(wanted)
if (!(time > 0)) throw new Error(`"${wanted}" is no time: try "10m"`)

const FOLDERS = ['test/races', 'test/faults', 'test/model'].filter((folder) => existsSync(folder))
const { RACES_SEED, RACES_RUNS = '500' } = process.env
const until = Date.now() + time
let round = 0
do {
  round++
  // A seed that was given is the first round's.
  const seed = round === 1 && RACES_SEED ? RACES_SEED : String(randomInt(2 ** 31))
  console.log(`Round ${round}: RACES_SEED=${seed} RACES_RUNS=${RACES_RUNS}`)
  const { status } = spawnSync('npx', ['vitest', 'run', ...FOLDERS], {
    stdio: 'inherit',
    env: { ...process.env, RACES_SEED: seed, RACES_RUNS },
  })
  if (status !== 0) {
    console.log(`Round ${round} failed. It runs again with`)
    console.log(`RACES_SEED=${seed} RACES_RUNS=${RACES_RUNS} npx vitest run ${FOLDERS.join(' ')}`)
    process.exit(1)
  }
} while (Date.now() < until)
console.log(`${round} rounds passed`)
