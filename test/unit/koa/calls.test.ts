/** Calls on `ctx.session` that the application does not await. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Session, SessionError, sessions, MemoryStore } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import { createSite, STORES } from '../../support/http-app.js'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
let listeners: NodeJS.UnhandledRejectionListener[] = []

beforeEach(() => {
  unhandled.length = 0
  listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  // Node looks for them after the microtasks.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  process.removeListener('unhandledRejection', note)
  for (const listener of listeners) process.on('unhandledRejection', listener)
  expect(unhandled).toEqual([])
})

const BAD = { user_id: ['no value'] } as never
const FIELD = { code: 'ERR_SESSION_FIELD' }

test('a rejection that the application wraps, and drops, ends no process', async () => {
  const site = createSite({ store: new MemoryStore() })
  const { status } = await site.browser().visit((session) => {
    void Promise.resolve(session.set(BAD))
  })
  expect(status).toBe(204)
})

describe.each(STORES)('in %s', (_, store) => {
  test.each<[string, (session: Session) => unknown]>([
    ['set', (session) => session.set({ user_id: 7 })],
    ['touch', (session) => session.touch()],
    ['increment', (session) => session.increment('n')],
    ['regenerate', (session) => session.regenerate()],
    ['get', (session) => session.get()],
    ['createCSRFToken', (session) => session.createCSRFToken()],
    [
      'several',
      (session) => {
        void session.set({ a: 1 })
        void session.set({ user_id: 7 })
        void session.regenerate()
      },
    ],
    [
      'calls begun by calls',
      (session) => {
        void session.set({ a: 1 }).then(() => session.set({ user_id: 7 }))
      },
    ],
  ])('the answer waits for %s, and carries its cookie', async (_call, call) => {
    const site = createSite(store())
    const browser = site.browser()
    const { error, status, setCookies } = await browser.visit((session) => {
      void call(session)
    })
    expect({ error, status }).toEqual({ error: undefined, status: 204 })
    expect(setCookies).toHaveLength(1)
    const { value } = await browser.visit((session) => session.peek())
    expect(value).toHaveProperty('id')
  })

  test('a forgotten delete clears the cookie', async () => {
    const site = createSite(store())
    const browser = site.browser()
    await browser.visit((session) => session.set({ user_id: 7 }))
    await browser.visit((session) => {
      void session.delete()
    })
    expect(browser.cookie).toBeUndefined()
    expect(await site.Session.count('user_id', 7)).toBe(0)
  })

  test('the answer waits where the page throws as well, and its own error stays', async () => {
    const site = createSite(store())
    const { error, status, setCookies } = await site.browser().visit((session, ctx) => {
      void session.set({ user_id: 7 })
      ctx.throw(418)
    })
    expect(status).toBe(418)
    expect(error).not.toBeInstanceOf(SessionError)
    expect(setCookies).toHaveLength(1)
  })

  test('a rejection that nobody took becomes the request’s error', async () => {
    const site = createSite(store())
    const emitted: unknown[] = []
    site.app.on('error', (error) => emitted.push(error))
    const browser = site.browser()
    const { status } = await browser.visit((session) => {
      void session.set(BAD)
      void session.set({ n: 'x' }).then(() => {})
      void session.increment('user_id')
    })
    expect(status).toBe(500)
    // The second is not lost either.
    expect(emitted).toEqual([expect.objectContaining(FIELD), expect.objectContaining(FIELD)])
  })

  test('where the page throws, a rejection that nobody took is emitted too', async () => {
    const site = createSite(store())
    const emitted: unknown[] = []
    site.app.on('error', (error) => emitted.push(error))
    const { status } = await site.browser().visit((session, ctx) => {
      void session.set(BAD)
      ctx.throw(418)
    })
    expect(status).toBe(418)
    expect(emitted).toEqual([
      expect.objectContaining(FIELD),
      expect.objectContaining({ status: 418 }),
    ])
  })

  test.each<[string, (session: Session) => unknown]>([
    ['catch', (session) => session.set(BAD).catch(() => {})],
    ['then', (session) => session.set(BAD).then(undefined, () => {})],
    ['await', async (session) => await session.set(BAD).catch(() => {})],
    ['Promise.all', (session) => Promise.all([session.peek(), session.set(BAD)]).catch(() => {})],
    ['Promise.allSettled', (session) => void Promise.allSettled([session.set(BAD)])],
    [
      'finally',
      (session) =>
        session
          .set(BAD)
          .finally(() => {})
          .catch(() => {}),
    ],
    [
      'a later await',
      async (session) => {
        const failing = session.set(BAD)
        await session.peek()
        await failing.catch(() => {})
      },
    ],
  ])('a rejection handled by %s stays the application’s own', async (_how, page) => {
    const site = createSite(store())
    const emitted: unknown[] = []
    site.app.on('error', (error) => emitted.push(error))
    const { status, error } = await site.browser().visit(async (session) => {
      await page(session)
    })
    expect({ status, error, emitted }).toEqual({ status: 204, error: undefined, emitted: [] })
  })

  test('a call that begins after the response went out is reported on the app', async () => {
    const site = createSite(store())
    const browser = site.browser()
    await browser.visit((session) => session.set({ user_id: 7 }))
    const reported = new Promise((resolve) => {
      site.app.on('error', (...args) => resolve(args))
    })
    let sent: unknown
    const { status } = await browser.visit((session, ctx) => {
      sent = ctx
      ctx.res.once('finish', () => void session.regenerate())
    })
    expect(status).toBe(204)
    expect(await reported).toEqual([
      expect.objectContaining({ code: 'ERR_SESSION_HEADERS_SENT' }),
      sent,
    ])
  })

  test('an awaited call’s error names the line that made it', async () => {
    const { error } = await createSite(store())
      .browser()
      .visit(async function pageWithTheCall(session) {
        await session.set({ n: 'x' })
        await session.increment('n')
      })
    expect(error).toMatchObject(FIELD)
    expect(error?.stack).toContain('pageWithTheCall')
  })
})

test('a session without the middleware reports on the app, also where nothing listens', async () => {
  const app = new Koa()
  app.silent = true
  const Session = sessions(app, { store: new MemoryStore(), references: { user_id: {} } })
  const open = () => {
    const incoming = new IncomingMessage(new Socket())
    return Session.createSession(app.createContext(incoming, new ServerResponse(incoming)))
  }
  void open().set(BAD)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const emitted = new Promise((resolve) => app.once('error', resolve))
  void open().set(BAD)
  expect(await emitted).toMatchObject(FIELD)
  await expect(open().set(BAD)).rejects.toMatchObject(FIELD)
})

test('the answer does not wait for revokeOthers, nor for signal', async () => {
  let release = () => {}
  const opened = new Promise<void>((resolve) => (release = resolve))
  let held = false
  const call = async (command: string, ...args: string[]): Promise<unknown> => {
    if (held) await opened
    return redis().call(command, ...args)
  }
  const site = createSite({ client: { isCluster: false, call } as never })
  const browser = site.browser()
  await browser.visit((session) => session.set({ user_id: 7 }))
  await site.browser().visit((session) => session.set({ user_id: 7 }))
  let others: Promise<number> | undefined
  const { status } = await browser.visit((session) => {
    held = true
    void session.signal
    others = session.revokeOthers('user_id')
  })
  expect(status).toBe(204)
  release()
  expect(await others).toBe(1)
  await site.Session.close()
})
