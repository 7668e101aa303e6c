/** What the endpoint makes of requests: bodies, methods, body parsers before it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import Koa, { type Middleware } from 'koa'
import request from 'supertest'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  createLogoutSite,
  createProvider,
  type LogoutProvider,
  type LogoutSite,
  signedIn,
} from '../../support/logout-provider.js'

const FORM = 'application/x-www-form-urlencoded'

/** A request whose body never ends. */
const BEGUN = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM}\r\nContent-Length: 2000\r\n\r\nlogout_token=`

let provider: LogoutProvider
beforeAll(async () => {
  provider = await createProvider()
})

let app: LogoutSite
let ann: Awaited<ReturnType<typeof signedIn>>
let token: string
beforeEach(async () => {
  app = createLogoutSite(provider)
  ann = await signedIn(app, provider.login())
  token = await provider.sign()
})

const PARSERS: [string, Middleware[]][] = [
  ['no body parser', []],
  ['a body parser', [bodyParser() as Middleware]],
  ['a body parser for JSON alone', [bodyParser({ enableTypes: ['json'] }) as Middleware]],
]

describe.each(PARSERS)('after %s', (_, before) => {
  function endpoint() {
    const koa = new Koa()
    koa.on('error', (error: Error) => app.errors.push(error))
    for (const middleware of before) koa.use(middleware)
    return request(koa.use(app.logout).callback())
  }

  test('answers 200 with nothing, which nobody may keep', async () => {
    const answer = await endpoint().post('/').type('form').send({ logout_token: token })
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(await ann.whoIs()).toBeUndefined()
  })

  test('takes further parameters, and a charset', async () => {
    const answer = await endpoint()
      .post('/')
      .set('Content-Type', `${FORM}; charset="UTF-8"`)
      .send(`a=1&logout_token=${token}&b=2`)
    expect(answer.status).toBe(200)
    expect(await ann.whoIs()).toBeUndefined()
  })

  test.each<[string, () => request.Test]>([
    ['GET', () => endpoint().get(`/?logout_token=${token}`)],
    ['HEAD', () => endpoint().head(`/?logout_token=${token}`)],
    ['PUT', () => endpoint().put('/').type('form').send({ logout_token: token })],
    ['POST with the token in its address', () => endpoint().post(`/?logout_token=${token}`)],
    ['no body', () => endpoint().post('/').type('form')],
    ['no token', () => endpoint().post('/').type('form').send({ token })],
    ['an empty token', () => endpoint().post('/').type('form').send({ logout_token: '' })],
    [
      'two tokens',
      () => endpoint().post('/').type('form').send(`logout_token=${token}&logout_token=${token}`),
    ],
    ['a list of one', () => endpoint().post('/').type('form').send(`logout_token[]=${token}`)],
    ['JSON', () => endpoint().post('/').send({ logout_token: token })],
    ['plain text', () => endpoint().post('/').type('text').send(`logout_token=${token}`)],
    ['a form with files', () => endpoint().post('/').field('logout_token', token)],
    [
      'a body without a type',
      () =>
        endpoint()
          .post('/')
          .unset('Content-Type')
          .send(Buffer.from(`logout_token=${token}`)),
    ],
    ['the token alone', () => endpoint().post('/').type('logout+jwt').send(token)],
  ])('refuses %s', async (_title, send) => {
    const answer = await send()
    expect([answer.status, answer.text ?? '']).toEqual([400, ''])
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(await ann.whoIs()).toBe('ann')
    expect(app.errors).toEqual([])
  })
})

describe('a body that is too long', () => {
  async function serve(): Promise<URL> {
    const server = createServer(app.endpoint.callback() as RequestListener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      const closed = once(server.close(), 'close')
      server.closeAllConnections()
      await closed
    })
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

  const long = () => `a=${'x'.repeat(1_048_576)}&logout_token=${token}`

  test('is refused, by its length or while it comes, and the next request is answered', async () => {
    const url = await serve()
    const headers = { 'Content-Type': FORM }
    for (const body of [
      long(),
      ReadableStream.from([Buffer.from(long())]),
      // The token comes first.
      `logout_token=${token}&a=${'x'.repeat(40_000)}`,
    ]) {
      const answer = await fetch(url, {
        method: 'POST',
        headers,
        body,
        duplex: 'half',
      })
      expect([answer.status, await answer.text()]).toEqual([400, ''])
    }
    expect(await ann.whoIs()).toBe('ann')
    const form = new URLSearchParams({ logout_token: token, a: 'x'.repeat(20_000) })
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(200)
    expect(await ann.whoIs()).toBeUndefined()
  })

  test.each([
    ['by its length', `Content-Length: ${1_048_576 + 2}\r\n\r\na=${'x'.repeat(1_048_576)}`],
    [
      'while it comes',
      `Transfer-Encoding: chunked\r\n\r\n100002\r\na=${'x'.repeat(1_048_576)}\r\n0\r\n\r\n`,
    ],
  ])('is thrown away, %s: the connection stays good', async (_, rest) => {
    const { port } = await serve()
    const socket = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM}\r\n`
    socket.write(head + rest)
    const form = `logout_token=${token}`
    socket.write(`${head}Content-Length: ${form.length}\r\nConnection: close\r\n\r\n${form}`)
    let answers = ''
    for await (const chunk of socket) answers += String(chunk)
    expect(answers.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200'])
  })

  test('a body that does not come is not waited for', async () => {
    app = createLogoutSite(provider, { timeout: '50 ms' })
    const { port } = await serve()
    const socket = connect(Number(port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(BEGUN)
    let answer = ''
    // It ends: the connection is closed.
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(app.errors).toEqual([])
  })

  test('a sender that goes away is no error', async () => {
    const waiting = new Promise<IncomingMessage>((resolve) => {
      app.endpoint.middleware.unshift(({ req }, next) => {
        resolve(req)
        return next()
      })
    })
    const { port } = await serve()
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(BEGUN)
    const gone = once(await waiting, 'error')
    socket.destroy()
    await gone
    // Koa tells of the connection alone.
    expect(app.errors.filter(({ code }) => code?.startsWith('ERR_SESSION'))).toEqual([])
  })
})

test('a body that another middleware took is an error of the application', async () => {
  const koa = new Koa()
  koa.on('error', (error: Error) => app.errors.push(error))
  koa.use(async ({ req }, next) => {
    for await (const _ of req);
    await next()
  })
  const answer = await request(koa.use(app.logout).callback())
    .post('/')
    .type('form')
    .send({ logout_token: token })
  expect([answer.status, answer.text]).toEqual([400, ''])
  expect(app.errors).toMatchObject([{ code: 'ERR_SESSION_OPTIONS' }])
  expect(app.errors[0]!.message).toContain('mount it first')
})
