/** The session's cookie on a response whose headers something else sets too. */
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import Koa, { type Middleware } from 'koa'
import supertest from 'supertest'
import { describe, expect, test } from 'vitest'
import { MemoryStore, type SessionOptions, sessions } from '../../../src/index.js'

type Headers = Record<string, string | string[] | undefined>
type Answer = { status: number; headers: Headers }

async function overHttp1(listener: RequestListener): Promise<Answer> {
  const { status, headers } = await supertest(createServer(listener)).get('/')
  return { status, headers }
}

async function overHttp2(listener: RequestListener): Promise<Answer> {
  const server = http2.createServer(listener as never).listen(0)
  await once(server, 'listening')
  const client = http2.connect(`http://localhost:${(server.address() as AddressInfo).port}`)
  const request = client.request({ ':path': '/' })
  const [headers] = (await once(request, 'response')) as [http2.IncomingHttpHeaders]
  request.resume()
  await once(request, 'end')
  client.close()
  server.close()
  return { status: Number(headers[':status']), headers }
}

/** Signs in, then runs the page. */
function createListener(page: Middleware, options: Partial<SessionOptions> = {}): RequestListener {
  const app = new Koa()
  app.silent = true
  app.keys = ['key']
  const Session = sessions(app, {
    store: new MemoryStore(),
    references: { user_id: {} },
    ...options,
  })
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if ((error as Error).message !== 'for the error middleware') throw error
      for (const name of ctx.res.getHeaderNames()) ctx.remove(name)
      ctx.status = 500
      ctx.body = 'sorry'
    }
  })
  app.use(Session).use(async (ctx, next) => {
    await ctx.session.set({ user_id: 7 })
    ctx.body = 'page'
    await page(ctx, next)
  })
  const callback = app.callback()
  return (req, res) => void callback(req, res)
}

const raw = (write: (res: ServerResponse) => void): Middleware => {
  return (ctx) => {
    ctx.respond = false
    ctx.res.statusCode = 200
    ctx.remove('Content-Length')
    write(ctx.res)
  }
}

const PAGES: [name: string, page: Middleware, others: string[]][] = [
  ['nothing', () => {}, []],
  ['ctx.set', (ctx) => ctx.set('Set-Cookie', 'a=1'), ['a=1']],
  ['ctx.set with a list', (ctx) => ctx.set('Set-Cookie', ['a=1', 'b=2']), ['a=1', 'b=2']],
  ['ctx.append', (ctx) => ctx.append('Set-Cookie', 'a=1'), ['a=1']],
  ['ctx.remove', (ctx) => ctx.remove('Set-Cookie'), []],
  ['no body', (ctx) => void (ctx.status = 204), []],
  [
    'a stream',
    (ctx) => {
      ctx.set('Set-Cookie', 'a=1')
      ctx.body = new PassThrough().end('x')
    },
    ['a=1'],
  ],
  [
    'flushHeaders',
    raw((res) => (res.removeHeader('Set-Cookie'), res.flushHeaders(), res.end())),
    [],
  ],
  ['res.end', raw((res) => (res.setHeader('Set-Cookie', 'a=1'), res.end())), ['a=1']],
  [
    'writeHead with an object',
    raw((res) => res.writeHead(200, { 'set-cookie': ['a=1'], 'x-other': '1' }).end()),
    ['a=1'],
  ],
  [
    'writeHeader, its old name',
    raw((res) => {
      const { writeHeader } = res as unknown as { writeHeader: typeof res.writeHead }
      writeHeader.call(res, 200, { 'Set-Cookie': 'a=1', 'x-other': '1' }).end()
    }),
    ['a=1'],
  ],
  [
    'writeHead with a message',
    raw((res) => res.writeHead(200, 'Fine', { 'Set-Cookie': 'a=1', 'x-other': '1' }).end()),
    ['a=1'],
  ],
  [
    'writeHead with a list',
    raw((res) =>
      res.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'x-other', '1'] as never).end(),
    ),
    ['a=1', 'b=2'],
  ],
  [
    'error middleware',
    () => {
      throw new Error('for the error middleware')
    },
    [],
  ],
  ['an error page', (ctx) => ctx.throw(403), []],
  [
    'an error page with headers',
    (ctx) => ctx.throw(403, { headers: { 'Set-Cookie': 'a=1', 'x-other': '1' } }),
    ['a=1'],
  ],
  [
    'the same name with another path',
    (ctx) => ctx.set('Set-Cookie', 'session-id=; path=/old; expires=Thu, 01 Jan 1970 00:00:00 GMT'),
    ['session-id=; path=/old; expires=Thu, 01 Jan 1970 00:00:00 GMT'],
  ],
]

describe.each([
  ['HTTP/1', overHttp1],
  ['HTTP/2', overHttp2],
])('over %s', (_, visit) => {
  test.each(PAGES)('the cookie stays with %s', async (name, page, others) => {
    const { headers } = await visit(createListener(page))
    const setCookies = [headers['set-cookie'] ?? []].flat()
    expect(setCookies.filter((one) => /^session-id=[\w-]{20}\./.test(one))).toHaveLength(1)
    expect(setCookies.slice(0, -1)).toEqual(others)
    expect(headers['cache-control']).toMatch(/^(private|no-store)$/)
    if (name.startsWith('writeHead')) expect(headers['x-other']).toBe('1')
  })

  test('a signed cookie keeps its signature', async () => {
    const page: Middleware = (ctx) => ctx.set('Set-Cookie', 'a=1')
    const { headers } = await visit(createListener(page, { signed: true }))
    expect(headers['set-cookie']).toEqual([
      'a=1',
      expect.stringMatching(/^session-id=/),
      expect.stringMatching(/^session-id\.sig=/),
    ])
  })

  test('a cookie that was cleared stays cleared', async () => {
    const page: Middleware = async (ctx) => {
      await (ctx['session'] as { delete(): Promise<void> }).delete()
      ctx.throw(403)
    }
    const { headers } = await visit(createListener(page))
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^session-id=;/)])
    expect(headers['cache-control']).toBe('no-store')
  })

  test.each([
    [undefined, 'private'],
    ['', 'private'],
    ['public', 'private'],
    ['PUBLIC, max-age=60', 'private, max-age=60'],
    ['max-age=60', 'private, max-age=60'],
    ['s-maxage=60, max-age=5', 'private, max-age=5'],
    ['no-cache', 'private, no-cache'],
    ['no-store', 'no-store'],
    ['private', 'private'],
    ['max-age=60, private', 'max-age=60, private'],
    ['private, s-maxage=5', 'private'],
    ['private="x, public", max-age=5', 'private, private="x, public", max-age=5'],
  ])('Cache-Control %j becomes %j', async (given, expected) => {
    const { headers } = await visit(
      createListener((ctx) => {
        if (given !== undefined) ctx.set('Cache-Control', given)
        ctx.set({ 'CDN-Cache-Control': 'max-age=9', 'Cloudflare-CDN-Cache-Control': 'public' })
        ctx.set({ 'Surrogate-Control': 'max-age=9', 'X-Accel-Expires': '9' })
      }),
    )
    expect(headers['cache-control']).toBe(expected)
    const names = Object.keys(headers)
    expect(names.filter((name) => /cdn|surrogate|accel/.test(name))).toEqual([])
  })
})

test('a response without the cookie keeps its caching', async () => {
  const app = new Koa()
  app.use(sessions(app, { store: new MemoryStore() })).use(async (ctx) => {
    await ctx.session.peek()
    ctx.set({ 'Cache-Control': 'public, s-maxage=60', 'CDN-Cache-Control': 'max-age=9' })
    ctx.body = 'page'
  })
  const { headers } = await overHttp1((req, res) => void app.callback()(req, res))
  expect(headers['cache-control']).toBe('public, s-maxage=60')
  expect(headers['cdn-cache-control']).toBe('max-age=9')
})
