import { afterEach, describe, expect, test, vi } from 'vitest'
import { createRequire } from 'node:module'
import Koa, { type Middleware } from 'koa'
import request from 'supertest'
import { deviceBound } from '../../../src/device-bound/index.js'
import { MemoryStore, type Session, sessions } from '../../../src/index.js'
import { offerIn } from '../../support/device.js'

const mount = createRequire(import.meta.url)('koa-mount') as (
  prefix: string,
  app: Koa,
) => Middleware

afterEach(() => {
  vi.restoreAllMocks()
})

const start = (options: object): unknown =>
  sessions(new Koa(), {
    store: new MemoryStore(),
    secure: true,
    binding: deviceBound(),
    ...options,
  })

test.each<[string, object]>([
  ['options.secure', { secure: undefined }],
  ['options.secure', { secure: false }],
  ['options.domain', { domain: 'shop.example' }],
  ['options.partitioned', { partitioned: true }],
  ['options.path', { path: '/shop' }],
  ['options.binding', { binding: {} }],
  ['options.binding', { binding: deviceBound }],
  ['options.binding', { binding: null }],
])('sessions() refuses %s beside it: %o', (name, options) => {
  expect(() => start(options)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  expect(() => start(options)).toThrow(name)
})

test.each<[string, object]>([
  ['refresh', { refresh: 'soon' }],
  ['refresh', { refresh: 999 }],
  ['refresh', { refresh: '25 hours' }],
  ['path', { path: 'device' }],
  ['path', { path: '/' }],
  ['path', { path: '/device/' }],
  ['path', { path: '/a"b' }],
  ['path', { path: '/a/../b' }],
  ['path', { path: '/.' }],
  ['exclude', { exclude: ['/a/..'] }],
  ['exclude', { exclude: '/static' }],
  ['exclude', { exclude: ['static'] }],
  ['"every"', { every: '1 minute' }],
  ['object', [] as object],
  ['object', null as unknown as object],
])('deviceBound() refuses %s: %o', (name, options) => {
  expect(() => deviceBound(options)).toThrow(
    expect.objectContaining({
      code: 'ERR_SESSION_OPTIONS',
      message: expect.stringContaining(name),
    }),
  )
})

test('deviceBound() warns of a refresh under two minutes', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  deviceBound({ refresh: '2 minutes' })
  expect(warned).not.toHaveBeenCalled()
  deviceBound({ refresh: '119 seconds' })
  expect(warned).toHaveBeenCalledWith(
    expect.stringContaining('less than two minutes'),
    expect.objectContaining({ code: 'SESSION_REFRESH_TOO_OFTEN' }),
  )
})

describe('its paths', () => {
  const appWith = (options: object): { app: Koa; outer: Koa } => {
    const app = new Koa()
    app.use(
      sessions(app, {
        store: new MemoryStore(),
        references: { user_id: {} },
        secure: true,
        binding: deviceBound(options),
      }),
    )
    app.use(async (ctx) => {
      await ctx.session.signIn({ user_id: 7 })
      ctx.body = 'page'
    })
    const outer = new Koa()
    for (const one of [app, outer]) {
      one.proxy = true
      one.silent = true
    }
    return { app, outer }
  }
  const https = { 'x-forwarded-proto': 'https' }

  test.each([
    ['/shop', '/shop', '/shop/device-session'],
    ['/shop', '/shop/', '/shop/device-session'],
    ['/shop', '/shop/basket?a=/b', '/shop/device-session'],
    ['/a/b', '/a/b/c/d', '/a/b/device-session'],
    ['/', '/c/d', '/device-session'],
  ])('are right in an app that is mounted at %s, from %s', async (prefix, page, path) => {
    const { app, outer } = appWith({})
    outer.use(mount(prefix, app))
    const answer = await request(outer.callback()).get(page).set(https)
    expect(offerIn(answer.headers).path).toBe(`${path}/register`)
    const registered = await request(outer.callback()).post(`${path}/register`).set(https)
    expect(registered.status).toBe(401)
  })

  test('are those of the middleware, where the sign-in is in an app mounted further down', async () => {
    const app = new Koa()
    const auth = new Koa<object, { session: Session }>()
    app.proxy = true
    app.use(
      sessions(app, {
        store: new MemoryStore(),
        references: { user_id: {} },
        secure: true,
        binding: deviceBound(),
      }),
    )
    auth.use(async (ctx) => {
      await ctx.session.signIn({ user_id: 7 })
      ctx.status = 204
    })
    app.use(mount('/auth', auth as unknown as Koa))
    const answer = await request(app.callback()).get('/auth/login').set(https)
    expect(offerIn(answer.headers).path).toBe('/device-session/register')
  })

  test('are not offered where the middleware does not run: nothing would answer', async () => {
    const app = new Koa()
    app.proxy = true
    const Session = sessions(app, {
      store: new MemoryStore(),
      references: { user_id: {} },
      secure: true,
      binding: deviceBound(),
    })
    app.use(async (ctx) => {
      await Session.createSession(ctx).signIn({ user_id: 7 })
      ctx.status = 204
    })
    const answer = await request(app.callback()).get('/').set(https)
    expect([answer.status, answer.headers['secure-session-registration']]).toEqual([204, undefined])
  })

  test('take POST alone, and nothing below them', async () => {
    const { app } = appWith({ path: '/my/device' })
    const callback = app.callback()
    const status = async (
      method: 'get' | 'post' | 'put',
      path: string,
    ): Promise<[number, string]> => {
      const answer = await request(callback)[method](path).set(https)
      return [answer.status, answer.text]
    }
    expect(await status('post', '/my/device/register')).toEqual([401, ''])
    expect(await status('post', '/my/device/refresh')).toEqual([403, ''])
    for (const [method, path] of [
      ['get', '/my/device/register'],
      ['put', '/my/device/refresh'],
      ['post', '/my/device'],
      ['post', '/my/device/register/'],
      ['post', '/device-session/refresh'],
    ] as const) {
      expect(await status(method, path)).toEqual([200, 'page'])
    }
  })

  test('leave what a page sets, and their answers are kept by no cache', async () => {
    const { app } = appWith({})
    const answer = await request(app.callback()).post('/device-session/refresh').set(https)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })
})
