/**
 * Sign-ins to one account in two processes at the same moment, message by message, under a limit. The
 * seed of a run is printed, and is as in random-schedules.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { type Answer, createApp } from '../../support/app.js'
import { nameCommand } from '../../support/proxy/command-names.js'
import { CASES, type Processes, startProcesses } from '../../support/proxy/processes.js'
import { runSeed, seeded } from '../../support/random.js'
import { Schedule } from './schedule.js'

const RUNS = Number(process.env.RACES_RUNS ?? 40)
const MAX = 2
const AT_ONCE = 5

describe.each(CASES)('%s, %s', (library, where) => {
  let processes: Processes
  let schedule = new Schedule(seeded(0), nameCommand)

  beforeAll(async () => {
    processes = await startProcesses(library, where, 2, (connection) => ({
      onCommand: (exchange) => schedule.over(connection).onCommand(exchange),
      onReply: (exchange) => schedule.over(connection).onReply(exchange),
    }))
  })
  afterAll(() => processes.close())

  test.each(['evict-oldest', 'refuse'] as const)(
    `${RUNS} schedules end with no more sessions than allowed, and no fewer: %s`,
    { timeout: RUNS * 5000 + 20_000 },
    async (onMax) => {
      const first = runSeed()
      for (let seed = first; seed < first + RUNS; seed++) await race(onMax, seed)
      console.log(`${library}, ${where}, ${onMax}: ${RUNS} schedules, RACES_SEED=${first}`)
    },
  )

  async function race(onMax: 'evict-oldest' | 'refuse', seed: number): Promise<void> {
    const random = seeded(seed)
    const options = {
      prefix: `limits-${createId()}`,
      references: { user_id: { max: MAX, onMax }, org_id: {} },
    }
    const apps = processes.clients.map((client) => createApp(client, options))
    const signOuts = random.below(2) === 1
    const guests: (string | undefined)[] = []
    for (let i = 0; i < 3; i++) {
      guests.push((await apps[0]!.request(undefined, (session) => session.touch())).cookie)
    }
    const signIn = async (session: Session) => {
      await session.set({ user_id: 'A', org_id: random.below(2) })
      if (signOuts && random.below(3) === 0) await session.delete()
    }
    const answers: Answer<void>[] = []
    const requests = Array.from({ length: 7 }, (_, i) => ({
      label: `sign-in ${i}`,
      start: async () => void answers.push(await apps[i % 2]!.request(guests[i], signIn)),
    }))
    schedule = new Schedule(random, nameCommand)
    await schedule.run(requests, AT_ONCE)

    const tell = `RACES_SEED=${seed} RACES_RUNS=1\n${schedule.steps.join('\n')}`
    // Who loses its slot while it signs in is told that its session has ended.
    const refusal = onMax === 'refuse' ? 'ERR_SESSION_LIMIT' : 'ERR_SESSION_REVOKED'
    for (const { error } of answers) {
      if (error !== undefined) expect(error.code, tell).toBe(refusal)
    }
    const alive = await apps[0]!.Session.count('user_id', 'A')
    if (signOuts) expect(alive, tell).toBeLessThanOrEqual(MAX)
    else expect(alive, tell).toBe(MAX)
    if (onMax === 'refuse') {
      const admitted = answers.filter(({ error }) => error === undefined)
      expect(admitted.length, tell).toBeGreaterThanOrEqual(MAX)
    }
  }
})
