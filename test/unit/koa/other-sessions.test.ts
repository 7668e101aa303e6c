/** `ctx.session` beside other middlewares that define it, and beside other middlewares of this package. */
import { createRequire } from 'node:module'
import Koa, { type Middleware } from 'koa'
import supertest from 'supertest'
import { describe, expect, test } from 'vitest'
import { MemoryStore, sessions } from '../../../src/index.js'

const require = createRequire(import.meta.url)
const koaSession = require('koa-session').default as (options: object, app: Koa) => Middleware
const genericSession = require('koa-generic-session') as (options: object) => Middleware
const mount = require('koa-mount') as (prefix: string, app: Koa) => Middleware

const REFUSED = { code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining('koa-session') }

function createApp(): { app: Koa; errors: unknown[] } {
  const app = new Koa()
  const errors: unknown[] = []
  app.keys = ['key']
  app.on('error', (error) => errors.push(error))
  return { app, errors }
}
const open = (app: Koa, key = 'session-id') =>
  sessions(app, { store: new MemoryStore(), references: { user_id: {} }, key })

/** What two requests of one browser are answered with. */
async function visitTwice(app: Koa, path = '/') {
  const first = await supertest(app.callback()).get(path)
  const cookies = ([] as string[]).concat(first.headers['set-cookie'] ?? [])
  const cookie = cookies.map((one) => one.split(';')[0]).join('; ')
  const second = await supertest(app.callback()).get(path).set({ cookie })
  return [first, second]
}

describe('beside koa-session', () => {
  test('made before it is refused when it is made, by name', () => {
    const { app } = createApp()
    koaSession({}, app)
    expect(() => open(app)).toThrow(expect.objectContaining(REFUSED))
  })

  test('made after it is refused at the request, by name', async () => {
    const { app, errors } = createApp()
    const Session = open(app)
    app.use(koaSession({}, app)).use(Session as never)
    expect((await supertest(app.callback()).get('/')).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining(REFUSED)])
  })

  test('works with an app of its own and createSession', async () => {
    const { app, errors } = createApp()
    app.use(koaSession({}, app))
    const Session = open(new Koa())
    app.use(async (ctx) => {
      const theirs = ctx['session'] as { n?: number }
      theirs.n = (theirs.n ?? 0) + 1
      ctx.body = [theirs.n, await Session.createSession(ctx).increment('n')]
    })
    const answers = await visitTwice(app)
    expect(answers.map(({ body }) => body)).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(errors).toEqual([])
  })
})

describe('beside koa-generic-session', () => {
  test('inside of it, it is refused at the request, by name', async () => {
    const { app, errors } = createApp()
    app.use(genericSession({})).use(open(app) as never)
    expect((await supertest(app.callback()).get('/')).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining(REFUSED)])
  })

  test('around it, it works, and assignments meant for the other one throw', async () => {
    const { app, errors } = createApp()
    app
      .use(open(app) as never)
      .use(genericSession({}))
      .use((ctx) => {
        Object.assign(ctx['session'], { n: 1 })
      })
    expect((await supertest(app.callback()).get('/')).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' })])
  })
})

test('a middleware that sets ctx.session by itself works where ours does not run', async () => {
  const { app, errors } = createApp()
  open(app)
  app.use((ctx) => {
    ctx['session'] = { n: 7 }
    ctx.body = ctx['session']
  })
  expect((await supertest(app.callback()).get('/')).body).toEqual({ n: 7 })
  expect(errors).toEqual([])
})

test('two middlewares, one used twice: no write is lost, and each sees its own session', async () => {
  const { app, errors } = createApp()
  const A = open(app, 'a')
  const B = open(app, 'b')
  const seen: unknown[] = []
  app
    .use(A)
    .use(async (ctx, next) => {
      const { session } = ctx
      await session.increment('outer')
      await next()
      expect(ctx.session).toBe(session)
    })
    .use(B)
    .use(async (ctx, next) => {
      const { session } = ctx
      await session.increment('middle')
      await next()
      expect(ctx.session).toBe(session)
      await session.increment('middle')
    })
    .use(A)
    .use(async (ctx) => {
      await ctx.session.increment('inner')
      seen.push(await ctx.session.peek())
      seen.push(await B.createSession(ctx).peek())
      ctx.status = 204
    })
  const [first, second] = await visitTwice(app)
  expect(errors).toEqual([])
  expect(first!.headers['set-cookie']).toHaveLength(2)
  expect(second!.headers['set-cookie']).toBeUndefined()
  expect(seen).toEqual([
    expect.objectContaining({ outer: '1', inner: '1' }),
    expect.objectContaining({ middle: '1' }),
    expect.objectContaining({ outer: '2', inner: '2' }),
    expect.objectContaining({ middle: '3' }),
  ])
})

test('in a mounted app, inside the outer one’s session and without', async () => {
  for (const outerSession of [true, false]) {
    const { app: outer, errors } = createApp()
    const inner = new Koa()
    if (outerSession) outer.use(open(outer, 'outer'))
    inner.use(open(inner, 'inner')).use(async (ctx) => {
      ctx.body = await ctx.session.increment('n')
      expect(() => Object.assign(ctx, { session: null })).toThrow(/delete\(\)/)
    })
    outer.use(mount('/inner', inner))
    const answers = await visitTwice(outer, '/inner')
    expect(errors).toEqual([])
    expect(answers.map(({ text }) => text)).toEqual(['1', '2'])
    expect(answers[0]!.headers['set-cookie']).toEqual([expect.stringMatching(/^inner=/)])
  }
})

test('error handlers of the app still see the session', async () => {
  const { app } = createApp()
  const seen: unknown[] = []
  app.on('error', (_error, ctx) => seen.push(ctx.session.id))
  app.use(open(app)).use(async (ctx) => {
    await ctx.session.set({ user_id: 7 })
    ctx.throw(500)
  })
  await supertest(app.callback()).get('/')
  expect(seen).toEqual([expect.stringMatching(/^[\w-]{20}$/)])
})
