/**
 * Random schedules of requests to two processes, message by message. The seed of a run is printed;
 * `RACES_SEED=… RACES_RUNS=1` runs its first schedule again, `RACES_RUNS` says how many.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { createApp } from '../../support/app.js'
import { AppProcess } from './app-process.js'
import { nameCommand } from '../../support/proxy/command-names.js'
import { History } from './history.js'
import { CASES, connectDirectly, targetsOf } from '../../support/proxy/processes.js'
import type { Traffic } from '../../support/proxy/proxy.js'
import { brokenPromises } from './promises.js'
import { runSeed, seeded } from '../../support/random.js'
import { Schedule } from './schedule.js'
import { type Browser, favourites, signIn, visit } from './visitors.js'

const RUNS = Number(process.env.RACES_RUNS ?? 150)
const NAMES = ['app0', 'app1']
const REQUESTS = 14
const AT_ONCE = 5

let apps: AppProcess[]
beforeAll(() => {
  apps = NAMES.map((name) => new AppProcess(name))
})
afterAll(() => Promise.all(apps.map((app) => app.close())))

describe.each(CASES)('%s, %s', (library, where) => {
  const direct = connectDirectly(where)
  const quiet = () => Promise.all(apps.map(({ ask }) => ask.quiet()))
  let schedule = new Schedule(seeded(0), nameCommand, quiet)

  beforeAll(async () => {
    const traffic = (proxy: string): Traffic => ({
      onCommand: (exchange) => schedule.over(proxy).onCommand(exchange),
      onReply: (exchange) => schedule.over(proxy).onReply(exchange),
    })
    await Promise.all(apps.map((app) => app.connect(library, targetsOf(where), traffic)))
  })
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.disconnect()))
    direct.disconnect()
  })

  test(`${RUNS} schedules keep all promises`, { timeout: RUNS * 5000 + 20_000 }, async () => {
    const first = runSeed()
    let steps = 0
    for (let seed = first; seed < first + RUNS; seed++) steps += await race(seed)
    console.log(`${library}, ${where}: ${RUNS} schedules, ${steps} steps, RACES_SEED=${first}`)
  })

  async function race(seed: number): Promise<number> {
    const random = seeded(seed)
    const prefix = `races-${createId()}`
    const max = random.pick([Infinity, 1, 2], (one) => (one === Infinity ? 4 : 1))
    const onMax = random.pick(['evict-oldest', 'refuse'] as const)
    const limit = max === Infinity ? {} : { max, onMax }
    const options = { prefix, references: { user_id: limit, org_id: { rotate: false } } }
    const history = new History(max !== Infinity)
    const waiting = random.below(3) === 0
    await Promise.all(apps.map(({ ask }) => ask.open(options, waiting)))
    schedule = new Schedule(random, nameCommand, quiet)
    const browsers = ['ann', 'ann’s phone', 'bob', 'a visitor']
      .slice(0, 1 + random.below(4))
      .map((name): Browser => ({ name, cookies: [] }))
    for (const [i, browser] of browsers.slice(0, 3).entries()) {
      await signIn(history, apps[i % apps.length]!, browser, i === 2 ? 'B' : 'A')
    }
    const kinds = favourites(random, waiting)
    const requests = Array.from({ length: REQUESTS }, (_, i) => ({
      label: `request ${i}`,
      start: visit(history, apps, browsers, kinds, random),
    }))
    const tell = () =>
      `RACES_SEED=${seed} RACES_RUNS=1\n${String(history)}\n\n${schedule.steps.join('\n')}`
    await schedule.run(requests, AT_ONCE).catch((error: unknown) => {
      throw new Error(tell(), { cause: error })
    })
    const broken = await brokenPromises(history, createApp(direct, options), direct, max)
    await Promise.all(apps.map(({ ask }) => ask.close()))
    expect(broken, tell()).toEqual([])
    return schedule.steps.length
  }
})
