/** `ctx.session.signal`, in one request. Streams over HTTP are in test/integration/redis/live-sign-out.test.ts. */
import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import { afterAll, describe, expect, test } from 'vitest'
import { sessions } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { type Browser, createSite, type Site, STORES } from '../../support/http-app.js'

const ENDED = { code: 'ERR_SESSION_REVOKED', status: 401 }

async function fired(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
  expect(signal.reason).toMatchObject(ENDED)
}

describe.each(STORES)('in %s', (_, options) => {
  const site: Site = createSite(options())
  const { Session } = site
  afterAll(() => Session.close())

  async function visitor(user_id: string = createId()): Promise<Browser> {
    const browser = site.browser()
    await browser.visit((session) => session.set({ user_id }))
    return browser
  }
  const idOf = (browser: Browser): string => browser.cookie!.split('.')[0]!

  /** Runs a page, which must not throw. */
  async function visit(browser: Browser, page: Parameters<Browser['visit']>[0]): Promise<void> {
    expect((await browser.visit(page)).error).toBeUndefined()
  }

  test('fires when the session ends, not before', async () => {
    const browser = await visitor()
    await visit(browser, async (session) => {
      const { signal } = session
      await session.peek()
      expect(signal.aborted).toBe(false)
      await Session.revoke(idOf(browser))
      await fired(signal)
      expect(session.signal).toBe(signal)
    })
  })

  test('fires when another request renews the secret, and not when this one does', async () => {
    const browser = await visitor()
    await visit(browser, async (session) => {
      const { signal } = session
      await session.regenerate()
      await session.signIn({ user_id: createId() })
      await session.peek()
      expect(signal.aborted).toBe(false)
    })
    await visit(browser, async (session) => {
      const { signal } = session
      await session.peek()
      await visit(browser.copy(), (other) => other.signIn({ user_id: createId() }))
      if (!signal.aborted) await once(signal, 'abort')
      expect(signal.reason).toMatchObject({ code: 'ERR_SESSION_SUPERSEDED', status: 401 })
    })
  })

  test.each(['revokeAll', 'revokeOthers', 'delete'])(
    'fires at %s by another request',
    async (how) => {
      const user_id = createId()
      const [browser, other] = [await visitor(user_id), await visitor(user_id)]
      await visit(browser, async (session) => {
        const { signal } = session
        await other.visit(async (others) => {
          if (how === 'revokeOthers') await others.revokeOthers('user_id')
        })
        if (how === 'revokeAll') await Session.revokeAll('user_id', user_id)
        if (how === 'delete') await browser.copy().visit((mine) => mine.delete())
        await fired(signal)
      })
    },
  )

  const NOBODIES: [string, () => Promise<Browser>][] = [
    ['without a cookie', async () => site.browser()],
    [
      'with rubbish',
      async () => {
        const browser = site.browser()
        browser.cookies.set('session-id', 'rubbish')
        return browser
      },
    ],
    [
      'whose session has ended',
      async () => {
        const browser = await visitor()
        await Session.revoke(idOf(browser))
        return browser
      },
    ],
    [
      'who knows the id, but not the secret',
      async () => {
        const browser = await visitor()
        browser.cookies.set('session-id', `${idOf(browser)}.${'x'.repeat(32)}`)
        return browser
      },
    ],
  ]
  test.each(NOBODIES)('fires immediately for a visitor %s', async (_name, nobody) => {
    const browser = await nobody()
    const { cookie } = browser
    await visit(browser, async (session) => {
      const { signal } = session
      await fired(signal)
      expect(session.signal).toBe(signal)
    })
    expect(browser.cookie).toBe(cookie)
  })

  test('fires at once for a superseded cookie, without saying that the session has ended', async () => {
    const browser = await visitor()
    const old = browser.copy()
    await browser.visit((session) => session.regenerate())
    await visit(old, async ({ signal }) => {
      if (!signal.aborted) await once(signal, 'abort')
      expect(signal.reason).toMatchObject({ code: 'ERR_SESSION_SUPERSEDED', status: 401 })
    })
  })

  test('is another one for another session', async () => {
    const browser = await visitor()
    await visit(browser, async (session) => {
      const first = session.signal
      expect(session.signal).toBe(first)
      await session.get()
      await session.set({ a: 1 })
      await session.set({ user_id: createId() })
      await session.regenerate()
      expect(session.signal).toBe(first)
      expect(first.aborted).toBe(false)
      await session.delete()
      await fired(first)
      expect(session.signal).toBe(first)
      await session.set({ a: 1 })
      const second = session.signal
      expect(second).not.toBe(first)
      expect(session.signal).toBe(second)
      await session.peek()
      expect(second.aborted).toBe(false)
      await Session.revoke(session.id!)
      await fired(second)
    })
  })

  test('belongs to the session that the same request starts', async () => {
    await visit(site.browser(), async (session) => {
      const nobody = session.signal
      await session.set({ a: 1 })
      await fired(nobody)
      const { signal } = session
      expect(signal).not.toBe(nobody)
      await session.peek()
      expect(signal.aborted).toBe(false)
      await Session.revoke(session.id!)
      await fired(signal)
    })
    await visit(site.browser(), async (session) => {
      const started = session.set({ a: 1 })
      const { signal } = session
      await started
      expect(session.signal).toBe(signal)
      await session.peek()
      expect(signal.aborted).toBe(false)
    })
  })

  test('has fired when it is first read after the request', async () => {
    const browser = await visitor()
    let late = (): AbortSignal => new AbortController().signal
    let over: Promise<unknown> | undefined
    await visit(browser, (session, ctx) => {
      late = () => session.signal
      over = once(ctx.res, 'close')
    })
    await over
    await fired(late())
  })

  test('fires after Session.close() with the error of that', async () => {
    const closed = createSite(options())
    const browser = closed.browser()
    await browser.visit((session) => session.set({ a: 1 }))
    await closed.Session.close()
    await visit(browser, async ({ signal }) => {
      if (!signal.aborted) await once(signal, 'abort')
      expect(signal.reason).toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    })
    expect((await browser.visit((session) => session.peek())).value).toMatchObject({ a: '1' })
  })
})

describe('a request', () => {
  const app = new Koa()
  const Session = sessions(app)

  test.each([1, 0])('leaves no listener on its socket, which stays open: %s', (touch) => {
    const socket = new Socket()
    const listeners = () => [
      socket.listenerCount('close'),
      ...contexts.map(({ res }) => res.listenerCount('close')),
    ]
    const contexts = Array.from({ length: 20 }, () => {
      const req = new IncomingMessage(socket)
      return app.createContext(req, new ServerResponse(req))
    })
    const before = listeners()
    for (const ctx of contexts) {
      const session = Session.createSession(ctx)
      if (touch) void session.signal
      if (!touch) expect(listeners()).toEqual(before)
      ctx.res.emit('close')
    }
    expect(listeners()).toEqual(before)
  })

  test('of an upgrade listens to its socket, too', () => {
    const socket = new Socket()
    const req = new IncomingMessage(socket)
    const ctx = app.createContext(req, new ServerResponse(req))
    const before = ctx.res.listenerCount('close')
    void Session.createSession(ctx).signal
    expect(socket.listenerCount('close')).toBe(1)
    socket.emit('close')
    expect(socket.listenerCount('close')).toBe(0)
    expect(ctx.res.listenerCount('close')).toBe(before)
  })

  test('that has a socket of its own listens to its response alone', () => {
    const socket = new Socket()
    const req = new IncomingMessage(socket)
    const res = new ServerResponse(req)
    res.assignSocket(socket)
    const before = socket.listenerCount('close')
    void Session.createSession(app.createContext(req, res)).signal
    expect(socket.listenerCount('close')).toBe(before)
  })
})
