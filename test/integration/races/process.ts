/** A process with one application in it, which does what the test's process asks of it. */
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { createBirpc } from 'birpc'
import type { SessionErrorCode, SessionOptions } from '../../../src/index.js'
import { connectBy, type Library, type Route } from '../../support/proxy/proxied-clients.js'
import { type App, createApp } from '../../support/app.js'
import { type Order, type Outcome, type Seen, toPlan } from './plans.js'

/** After so many turns of the event loop, nothing is left to do for what came in before. */
const QUIET_TURNS = 4

/** What it tells unasked: the session that a call waits for has ended, or its secret was replaced. */
export interface Tells {
  ended(n: number, code: SessionErrorCode): void
}

let connected: Awaited<ReturnType<typeof connectBy>>
let app: App

const asked = {
  async connect(route: Route, library: Library): Promise<void> {
    connected = await connectBy(route, library)
  },

  async disconnect(): Promise<void> {
    connected.close()
  },

  /** `listening`: with its subscriber, so that connecting does not fall into a schedule. */
  async open(options: Partial<SessionOptions>, listening: boolean): Promise<void> {
    app = createApp(connected.client, options)
    if (!listening) return
    const { cookie } = await app.request(undefined, (session) => session.touch())
    const { value: signal } = await app.request(cookie, async (session) => session.signal)
    const ended = once(signal!, 'abort')
    await app.Session.revoke(cookie!.split('.')[0]!)
    await ended
  },

  async close(): Promise<void> {
    await app.Session.close()
  },

  async carryOut(order: Order, cookie: string | undefined): Promise<Outcome> {
    const { page, operate, id, writes = new Map() } = toPlan(order)
    const seen: Seen = { id, readId: undefined, writes, found: [] }
    if (page === undefined) {
      await operate!(app, seen)
      return { seen }
    }
    const answer = await app.request(cookie, async (session) => {
      await page(session, seen)
      seen.id = session.id
    })
    const { signal, ...rest } = seen
    if (signal !== undefined) {
      const tell = () =>
        void test.ended(order.n, (signal.reason as { code: SessionErrorCode }).code)
      if (signal.aborted) tell()
      else signal.addEventListener('abort', tell)
    }
    return {
      seen: rest,
      cookie: answer.cookie,
      waits: signal !== undefined,
      error: answer.error && {
        code: answer.error.code,
        message: answer.error.message,
        cause: String(answer.error.cause),
      },
    }
  },

  /** Resolves when it has nothing more to say, as far as it has heard. */
  async quiet(): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS; turns++) await turn()
  },
}

export type Asked = typeof asked

const test = createBirpc<Tells, Asked>(asked, {
  post: (data) => process.send!(data),
  on: (read) => process.on('message', read),
  eventNames: ['ended'],
})
process.once('disconnect', () => process.exit())
