/**
 * Random schedules of requests in two processes, message by message. The seed of a run is printed;
 * `RACES_SEED=… RACES_RUNS=1` runs its first schedule again, `RACES_RUNS` says how many.
 */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '../../src/token.js'
import { type App, createApp } from './app.js'
import { nameCommand } from './commands.js'
import { History } from './history.js'
import { CASES, type Processes, startProcesses } from './processes.js'
import { brokenPromises } from './promises.js'
import { runSeed, seeded } from './random.js'
import { Schedule } from './schedule.js'
import { type Browser, favourites, signIn, visit } from './visitors.js'

const RUNS = Number(process.env.RACES_RUNS ?? 150)
const PROCESSES = 2
const REQUESTS = 14
const AT_ONCE = 5

/** So that connecting does not fall into a schedule: when that is done, the system decides. */
async function openSubscriber({ Session, request }: App): Promise<void> {
  const { cookie } = await request(undefined, (session) => session.touch())
  const { value: signal } = await request(cookie, async (session) => session.signal)
  const ended = once(signal!, 'abort')
  await Session.revoke(cookie!.split('.')[0]!)
  await ended
}

describe.each(CASES)('%s, %s', (library, where) => {
  let processes: Processes
  let schedule = new Schedule(seeded(0), nameCommand)

  beforeAll(async () => {
    processes = await startProcesses(library, where, PROCESSES, (connection) => ({
      onCommand: (exchange) => schedule.over(connection).onCommand(exchange),
      onReply: (exchange) => schedule.over(connection).onReply(exchange),
    }))
  })
  afterAll(() => processes.close())

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
    const apps = processes.clients.map((client) =>
      createApp(client, { prefix, references: { user_id: limit, org_id: { rotate: false } } }),
    )
    const history = new History(max !== Infinity)
    const waiting = random.below(3) === 0
    if (waiting) await Promise.all(apps.map(openSubscriber))
    schedule = new Schedule(random, nameCommand)
    const browsers = ['ann', 'ann’s phone', 'bob', 'a visitor']
      .slice(0, 1 + random.below(4))
      .map((name): Browser => ({ name, cookies: [] }))
    for (const [i, browser] of browsers.slice(0, 3).entries()) {
      await signIn(history, apps[i % PROCESSES]!, browser, i === 2 ? 'B' : 'A')
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
    const broken = await brokenPromises(history, apps[0]!, processes.direct, max)
    await Promise.all(apps.map(({ Session }) => Session.close()))
    expect(broken, tell()).toEqual([])
    return schedule.steps.length
  }
})
