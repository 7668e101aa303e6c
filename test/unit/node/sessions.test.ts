/** Sessions under plain node:http. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { expectTypeOf } from 'expect-type'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { deviceBound } from '../../../src/device-bound/index.js'
import { field, MemoryStore, type Session } from '../../../src/index.js'
import { sessions } from '../../../src/node/index.js'
import { createKey, offerIn, signJwt } from '../../support/device.js'

async function listen(
  answer: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Promise<string> {
  const server = createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server.close(), 'close')
    server.closeAllConnections()
    await closed
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const create = (options: object = {}) =>
  sessions({ store: new MemoryStore(), references: { user_id: {} }, ...options })

/** A server whose every answer is what this returns, or its error's code and status. */
function serve(page: (req: IncomingMessage, res: ServerResponse) => unknown): Promise<string> {
  return listen(async (req, res) => {
    try {
      const value = await page(req, res)
      if (!res.headersSent) res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(value ?? null))
    } catch (error) {
      const { status = 500, code } = error as { status?: number; code?: string }
      res.writeHead(status).end(JSON.stringify({ code }))
    }
  })
}

const cookieOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0]!)
    .join('; ')

test('one request has one session, and the next one finds it', async () => {
  const Session = create()
  const url = await serve(async (req, res) => {
    const session = Session.for(req, res)
    expect(Session.for(req, res)).toBe(session)
    if (req.url === '/in') await session.signIn({ user_id: 7 })
    return (await session.peek()).user_id
  })
  const cookie = cookieOf(await fetch(`${url}/in`))
  expect(await (await fetch(url, { headers: { cookie } })).json()).toBe('7')
  expect(await (await fetch(url)).json()).toBeNull()
  expect(await Session.count('user_id', 7)).toBe(1)
  expect(await Session.revokeAll('user_id', 7)).toBe(1)
  expect(await (await fetch(url, { headers: { cookie } })).json()).toBeNull()
})

test('a request that does not use its session sets no cookie', async () => {
  const Session = create()
  const url = await serve((req, res) => void Session.for(req, res))
  expect((await fetch(url)).headers.getSetCookie()).toEqual([])
})

test.each<[string, (res: ServerResponse) => void]>([
  ['setHeader', (res) => res.setHeader('Set-Cookie', 'own=1')],
  ['writeHead', (res) => res.writeHead(200, { 'Set-Cookie': ['own=1'] })],
  ['removeHeader', (res) => res.removeHeader('Set-Cookie')],
])('its cookie survives the framework’s own %s', async (_what, answer) => {
  const Session = create()
  const url = await listen(async (req, res) => {
    await Session.for(req, res).signIn({ user_id: 7 })
    answer(res)
    res.end()
  })
  const names = (await fetch(url)).headers.getSetCookie().map((one) => one.split('=', 1)[0])
  expect(names).toContain('session-id')
})

test('signed cookies without keys are refused at the start', () => {
  expect(() => create({ signed: true })).toThrow(/options\.keys is not set/)
})

test('keys sign the cookie, and a proxy says that the request came over TLS', async () => {
  const Session = create({ keys: ['new', 'old'], signed: true, proxy: true, secure: true })
  const url = await serve(async (req, res) => {
    await Session.for(req, res).signIn({ user_id: 7 })
  })
  const https = { 'x-forwarded-proto': 'https' }
  expect(cookieOf(await fetch(url, { headers: https }))).toMatch(
    /^__Host-session-id=.+; __Host-session-id\.sig=/,
  )
  const plain = await fetch(url)
  expect([plain.status, await plain.json()]).toEqual([500, { code: 'ERR_SESSION_OPTIONS' }])
})

test.each<[string, object]>([
  ['maxAge', { maxAge: 'soon' }],
  ['"keyz"', { keyz: ['a'] }],
])('an invalid option is refused: %s', (name, options) => {
  expect(() => create(options)).toThrow(name)
  expect(() => create(options)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
})

test('a forgotten await ends no process: its error is logged', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const Session = create()
  const url = await serve((req, res) => {
    // oxlint-disable-next-line typescript/no-floating-promises -- this is what is tested
    Session.for(req, res).set({ user_id: {} as unknown as string })
  })
  await fetch(url)
  await vi.waitFor(() => expect(logged).toHaveBeenCalled())
  logged.mockRestore()
})

test('an upgrade has its session, and can send no cookie', async () => {
  const Session = create()
  const seen: unknown[] = []
  const upgrade = async (req: IncomingMessage, socket: Duplex): Promise<void> => {
    const session = Session.for(req)
    seen.push((await session.peek()).user_id)
    await session.signIn({ user_id: 8 }).catch((error: { code?: string }) => seen.push(error.code))
    socket.end()
  }
  const server = createServer().on('upgrade', (req, socket) => void upgrade(req, socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { cookie } = await Session.createCookie({ user_id: 7 })
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nCookie: ${cookie}\r\n\r\n`,
  )
  await once(socket.resume(), 'close')
  expect(seen).toEqual(['7', 'ERR_SESSION_HEADERS_SENT'])
})

describe('handle', () => {
  const https = { 'x-forwarded-proto': 'https', 'secure-session-response': '' }

  test('answers the paths of a device binding, and leaves all else alone', async () => {
    const Session = create({ proxy: true, secure: true, binding: deviceBound() })
    const url = await listen(async (req, res) => {
      if (await Session.handle(req, res)) return
      const status = res.statusCode
      if (req.url === '/in') await Session.for(req, res).signIn({ user_id: 7 })
      res.end(String(status))
    })
    const signedIn = await fetch(`${url}/in`, { headers: https })
    expect(await signedIn.text()).toBe('200')
    const { path, challenge } = offerIn(Object.fromEntries(signedIn.headers))
    expect(path).toBe('/device-session/register')
    const headers = {
      ...https,
      cookie: cookieOf(signedIn),
      'secure-session-response': signJwt(createKey(), challenge),
    }
    const registered = await fetch(url + path, { method: 'POST', headers })
    expect(registered.status).toBe(200)
    expect(await registered.json()).toMatchObject({ refresh_url: '/device-session/refresh' })
    const refused = await fetch(url + path, { method: 'POST', headers: https })
    expect([refused.status, await refused.text()]).toEqual([401, ''])
  })

  test('does nothing without an add-on that has paths', async () => {
    const Session = create()
    const url = await serve(async (req, res) => Session.handle(req, res))
    expect(await (await fetch(`${url}/device-session/refresh`, { method: 'POST' })).json()).toBe(
      false,
    )
  })
})

test('its types are those of the fields', () => {
  const Session = sessions({
    store: new MemoryStore(),
    fields: { user_id: field.number() },
    references: { user_id: {} },
  })
  expectTypeOf(Session.for).returns.toExtend<
    Session<{ user_id: ReturnType<typeof field.number> }>
  >()
  expectTypeOf(Session.count).parameter(1).toEqualTypeOf<number>()
})
