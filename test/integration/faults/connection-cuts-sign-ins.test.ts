/**
 * The same breaks as in connection-cuts.test.ts, while somebody signs in to an account that has a limit, and
 * while somebody waits for a session's end.
 */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { createApp } from '../../support/app.js'
import { CASES, type Processes, startProcesses } from '../../support/proxy/processes.js'
import { until } from '../../support/until.js'
import { collect } from '../../support/store.js'
import { CUTS, Cutter } from '../../support/proxy/connection-cutter.js'

const MAX = 2

describe.each(CASES)('%s, %s', (library, where) => {
  const cutter = new Cutter()
  let processes: Processes
  let total = 0
  beforeAll(async () => {
    processes = await startProcesses(library, where, 2, () => cutter)
  })
  afterAll(async () => {
    await processes.close()
    console.log(`${library}, ${where}: ${total} connections cut`)
  })

  /** Cuts at each command of what is done, in each way, until there is no further command. */
  async function everywhere(act: (cut: (typeof CUTS)[number], at: number) => Promise<void>) {
    for (const cut of CUTS) {
      for (let at = 0; ; at++) {
        await act(cut, at)
        if (!cutter.done) break
        total++
      }
    }
  }

  const idOf = (cookie: string | undefined) => cookie?.split('.')[0]

  test.each(['evict-oldest', 'refuse'] as const)('a limit: %s', async (onMax) => {
    await everywhere(async (cut, at) => {
      const app = createApp(processes.clients[0]!, {
        prefix: `cuts-${createId()}`,
        references: { user_id: { max: MAX, onMax }, org_id: {} },
      })
      const signIn = (cookie?: string) =>
        app.request(cookie, (session) => session.set({ user_id: 'ann', org_id: 'x' }))
      const alive = async () =>
        (await collect(app.Session.find('user_id', 'ann'))).map(({ id }) => id)
      const what = `${cut} ${at}`
      // One may sign in, or has to take somebody's slot.
      for (let i = onMax === 'refuse' ? 1 : 0; i < MAX; i++) await signIn()
      // By turns somebody without a cookie, and somebody who has a session.
      const guest = await app.request(undefined, (session) => session.touch())
      const cookie = at % 2 === 0 ? undefined : guest.cookie
      cutter.set(cut, at)
      const first = await signIn(cookie)
      await cutter.disarm(processes.direct)
      // The call may have been answered before the client sees that its connection is broken.
      await until('the client is connected', () => alive().then(Boolean, () => false))
      const after = await alive()
      if (first.error === undefined) {
        expect(after, what).toHaveLength(MAX)
        expect(after, what).toContain(idOf(first.cookie))
      } else {
        expect(first.error.code, what).toBe('ERR_SESSION_STORE')
        // It has broken off before it ended whose slot it took: the next one sees to it.
        expect(after.length, what).toBeLessThanOrEqual(onMax === 'refuse' ? MAX : MAX + 1)
      }
      const next = await signIn()
      const last = await alive()
      expect(last.length, what).toBeLessThanOrEqual(MAX)
      if (onMax === 'refuse' && next.error) expect(next.error.code, what).toBe('ERR_SESSION_LIMIT')
      else expect(last, what).toContain(idOf(next.cookie))
    })
  })

  test('a live signal', async () => {
    await everywhere(async (cut, at) => {
      const prefix = `cuts-${createId()}`
      const [here, there] = processes.clients.map((client) => createApp(client, { prefix }))
      const [ending, staying] = await Promise.all(
        [1, 2].map(async () => {
          const { cookie } = await there!.request(undefined, (it) => it.set({ user_id: 'ann' }))
          return cookie!
        }),
      )
      const listen = async (cookie: string, arm = () => {}) => {
        const { value } = await here!.request(cookie, async (session) => {
          await session.peek()
          arm()
          return session.signal
        })
        return value!
      }
      const stays = await listen(staying!)
      const ends = await listen(ending!, () => cutter.set(cut, at))
      const ended = once(ends, 'abort')
      const revoke = () => there!.Session.revoke(idOf(ending)!)
      // It may have been done where it failed.
      await revoke().catch(revoke)
      // It would be looked at in a minute: much later than this test waits.
      await ended
      await cutter.disarm(processes.direct)
      expect(stays.aborted, `${cut} ${at}`).toBe(false)
      expect(await there!.Session.count('user_id', 'ann')).toBe(1)
      await here!.Session.close()
    })
  })
})
