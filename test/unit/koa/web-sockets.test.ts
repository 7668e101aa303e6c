/** `ctx.session` where the response cannot carry a cookie, or there is none. */
import { once } from 'node:events'
import { IncomingMessage, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, Socket } from 'node:net'
import Koa from 'koa'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { MemoryStore, type Session, sessions } from '../../../src/index.js'
import { createSite } from '../../support/http-app.js'

const require = createRequire(import.meta.url)
const websockify = require('koa-websocket') as (app: Koa) => Koa & {
  ws: { use(middleware: unknown): void }
  server: Server
}

const SENT = { code: 'ERR_SESSION_HEADERS_SENT' }

let close: (() => void) | undefined
afterEach(() => close?.())

function createApp() {
  const app = new Koa()
  app.silent = true
  const options = { store: new MemoryStore(), references: { user_id: {} }, key: 'session-id' }
  const Session = sessions(app, { ...options, rolling: true })
  return { app, Session }
}

/** Signs in over HTTP. */
async function signIn(port: number): Promise<string> {
  const { headers } = await fetch(`http://localhost:${port}/`)
  return headers.get('set-cookie')!.split(';')[0]!
}

/** Signs in, opens a socket with that cookie, and closes it when the server's side has its outcome. */
async function openSocket(app: Pick<Koa, 'listen'>, outcome: Promise<unknown>): Promise<void> {
  const server = app.listen(0)
  close = () => server.close()
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = new WebSocket(`ws://localhost:${port}/`, {
    headers: { cookie: await signIn(port) },
  })
  await Promise.all([outcome, once(socket, 'open')])
  socket.close()
  await once(socket, 'close')
}

/** What every session can do without a response, and what it cannot. */
async function checkSession(session: Session): Promise<void> {
  expect(await session.peek()).toMatchObject({ user_id: '7' })
  expect(await session.get()).toMatchObject({ user_id: '7' })
  expect(session.signal.aborted).toBe(false)
  await session.set({ a: 1 }, '2 days')
  await session.touch()
  for (const write of [
    session.regenerate(),
    session.set({ user_id: 8 }),
    session.unset('user_id'),
  ]) {
    await expect(write).rejects.toMatchObject(SENT)
  }
  expect(await session.peek()).toMatchObject({ user_id: '7', a: '1' })
  const token = await session.createCSRFToken()
  expect(await session.verifyCSRFToken(token)).toBe(true)
  const { signal } = session
  const ended = once(signal, 'abort')
  await session.delete()
  await ended
  expect(await session.peek()).toEqual({})
  await expect(session.get()).rejects.toMatchObject(SENT)
  await expect(session.set({ user_id: 9 })).rejects.toMatchObject(SENT)
}

test('in a context of koa-websocket', async () => {
  const { app: plain, Session } = createApp()
  const app = websockify(plain)
  app.use(Session).use(async (ctx) => {
    await ctx.session.set({ user_id: 7 })
    ctx.status = 204
  })
  const outcome = new Promise((resolve, reject) => {
    app.ws.use(Session)
    app.ws.use((ctx: { session: Session }) => checkSession(ctx.session).then(resolve, reject))
  })
  await openSocket(app, outcome)
})

test('after the 101 was sent from a request handler', async () => {
  const { app, Session } = createApp()
  const sockets = new WebSocketServer({ noServer: true })
  const outcome = new Promise((resolve, reject) => {
    app.use(Session).use(async (ctx) => {
      if (ctx.headers.upgrade === undefined) {
        await ctx.session.set({ user_id: 7 })
        ctx.status = 204
        return
      }
      ctx.respond = false
      const opened = new Promise((onOpen) => {
        sockets.handleUpgrade(ctx.req, ctx.req.socket, Buffer.alloc(0), onOpen)
      })
      await opened
      await checkSession(ctx.session).then(resolve, reject)
    })
  })
  // Without an `upgrade` listener, Node hands upgrades to the request handler.
  await openSocket(app, outcome)
})

describe('without a response, and without a socket', () => {
  const WITHOUT: [string, (cookie: string) => IncomingMessage][] = [
    [
      'app.createContext(req)',
      (cookie) => Object.assign(new IncomingMessage(new Socket()), { headers: { cookie } }),
    ],
    [
      'app.createContext({ headers })',
      (cookie) => ({ url: '/', headers: { cookie } }) as IncomingMessage,
    ],
  ]
  test.each(WITHOUT)('%s', async (_, createRequest) => {
    const { app, Session, browser } = createSite()
    const visitor = browser()
    await visitor.visit((session) => session.set({ user_id: 7 }))
    const incoming = createRequest(`session-id=${visitor.cookie}`)
    const ctx = app.createContext(incoming, undefined as never)
    await checkSession(Session.createSession(ctx))
  })
})

test('15 pipelined requests with signal warn of nothing', async () => {
  const { app, Session } = createApp()
  const warnings: Error[] = []
  const note = (warning: Error) => void warnings.push(warning)
  process.on('warning', note)
  let left = 15
  let release = () => {}
  const all = new Promise<void>((resolve) => (release = resolve))
  app.use(Session).use(async (ctx) => {
    void ctx.session.signal
    if (--left === 0) release()
    await all
    ctx.status = 204
  })
  const server = app.listen(0)
  close = () => server.close()
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port)
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(15))
  await all
  socket.end()
  socket.resume()
  await once(socket, 'close')
  process.off('warning', note)
  expect(warnings).toEqual([])
})
