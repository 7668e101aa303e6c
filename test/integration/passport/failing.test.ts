/** What cannot work, or cannot be told, with the real koa-passport: it is said by name, and never "nobody". */
import { Redis } from 'ioredis'
import Koa from 'koa'
import koaPassport from 'koa-passport'
import request from 'supertest'
import { expect, onTestFinished, test } from 'vitest'
import { field, MemoryStore, sessions, type SessionError } from '../../../src/index.js'
import { passportFields, passportSession } from '../../../src/passport/index.js'
import { redis } from '../../support/clients/redis.js'
import {
  ANN,
  BOB,
  addOAuth,
  cookieOf,
  createPassportSite,
  signIn,
  stateOf,
} from '../../support/passport-app.js'
import { startServer } from '../../support/servers/server.js'

const codes = (errors: readonly unknown[]) => errors.map((error) => (error as SessionError).code)
const NOBODY = { in: false, out: true, user: null }

test('Redis down is a 503, and never "nobody"', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const client = new Redis(server.url, { maxRetriesPerRequest: 0 })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  const { agent, errors } = createPassportSite({ options: { client, timeout: 2000 } })
  const visitor = agent()
  await signIn(visitor, ANN)
  await server.kill()
  const answer = await visitor.get('/me')
  expect([answer.status, answer.text]).toEqual([503, 'Service Unavailable'])
  expect((await visitor.post('/logout')).status).toBe(503)
  const login = await signIn(agent(), BOB)
  expect([login.status, cookieOf(login)]).toEqual([503, undefined])
  expect(codes(errors)).toEqual(Array(3).fill('ERR_SESSION_STORE'))
  // Whom it does not concern is served: no cookie, no command.
  expect((await agent().get('/public')).status).toBe(200)
})

test.each([
  ['an object', { id: 7 }],
  ['true', true],
  ['a list', [7]],
  ['NaN in a list', [Number.NaN]],
  ['Infinity', Infinity],
])('serializeUser that gives %s is refused, and signs nobody in', async (_what, given) => {
  const { agent, errors } = createPassportSite({
    options: { client: redis() },
    serialize: () => given,
  })
  const visitor = agent()
  const answer = await signIn(visitor, ANN)
  expect([answer.status, cookieOf(answer)]).toEqual([500, undefined])
  expect(codes(errors)).toEqual(['ERR_SESSION_FIELD'])
  expect((await visitor.get('/me')).body).toEqual(NOBODY)
})

test('serializeUser that gives nothing fails, and the user before stays signed in', async () => {
  let given: unknown = 7
  const { agent } = createPassportSite({
    options: { client: redis() },
    serialize: () => given,
  })
  const visitor = agent()
  await signIn(visitor, ANN)
  await visitor.post('/passport').send({ messages: ['hello'] })
  given = undefined
  expect((await signIn(visitor, BOB)).status).toBe(500)
  expect((await visitor.get('/me')).body.user).toEqual(ANN)
  expect((await visitor.get('/passport')).body).toMatchObject({ messages: ['hello'] })
})

test.each([
  [{}, 'ERR_SESSION_OPTIONS'],
  [{ reference: 'name' }, 'ERR_SESSION_OPTIONS'],
  [undefined, 'ERR_SESSION_OPTIONS'],
])('options %j are refused', (options, code) => {
  const Session = sessions(new Koa(), { store: new MemoryStore(), references: { user_id: {} } })
  expect(() => passportSession(Session, options as never)).toThrow(
    expect.objectContaining({ code }),
  )
})

test('without passport.initialize() before it, each request fails by name', async () => {
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const Session = sessions(app, { store: new MemoryStore(), references: { user_id: {} } })
  app.use(Session).use(passportSession(Session, { reference: 'user_id' }))
  expect((await request(app.callback()).get('/')).status).toBe(500)
  expect(codes(errors)).toEqual(['ERR_SESSION_OPTIONS'])
})

test('passport.session() before it, or without it, fails by name', async () => {
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const Session = sessions(app, { store: new MemoryStore(), references: { user_id: {} } })
  const passport = new koaPassport.KoaPassport()
  app.use(Session).use(passport.initialize()).use(passport.session())
  app.use(passportSession(Session, { reference: 'user_id' }))
  expect((await request(app.callback()).get('/')).status).toBe(500)
  expect(codes(errors)).toEqual(['ERR_SESSION_OPTIONS'])
})

test('deserializeUser that fails signs nobody out', async () => {
  const { agent, users } = createPassportSite()
  const visitor = agent()
  await signIn(visitor, BOB)
  users.isDown = true
  expect((await visitor.get('/me')).status).toBe(500)
  users.isDown = false
  expect((await visitor.get('/me')).body.user).toEqual(BOB)
})

test('ctx.state.session cannot be assigned, before or after', async () => {
  const { agent, router, errors } = createPassportSite()
  router.get('/assign', (ctx) => {
    ctx.state['session'] = {}
  })
  expect((await agent().get('/assign')).status).toBe(500)

  const app = new Koa()
  app.on('error', (error) => errors.push(error))
  const Session = sessions(app, { store: new MemoryStore(), references: { user_id: {} } })
  app.use(async (ctx, next) => {
    ctx.state['session'] = {}
    await next()
  })
  app.use(Session).use(new koaPassport.KoaPassport().initialize())
  app.use(passportSession(Session, { reference: 'user_id' }))
  expect((await request(app.callback()).get('/')).status).toBe(500)
  expect(codes(errors)).toEqual(Array(2).fill('ERR_SESSION_OPTIONS'))
})

test('logout with keepSessionInfo is refused: nothing of the user stays', async () => {
  const { agent, router, errors } = createPassportSite()
  router.post('/logout/keep', async (ctx) => {
    const logout = ctx.logout as (options: object) => Promise<void>
    await logout({ keepSessionInfo: true })
  })
  const visitor = agent()
  await signIn(visitor, ANN)
  expect((await visitor.post('/logout/keep')).status).toBe(500)
  expect(codes(errors)).toEqual(['ERR_SESSION_OPTIONS'])
  expect((await visitor.get('/me')).body.user).toEqual(ANN)
})

test('a superseded cookie is not "nobody": who asks is told, and a login goes on', async () => {
  const { agent, errors } = createPassportSite({ options: { client: redis() } })
  const visitor = agent()
  const before = cookieOf(await signIn(visitor, ANN))!
  await signIn(visitor, ANN)
  const late = () => agent()
  const answer = await late().get('/me').set('cookie', before)
  expect([answer.status, answer.text]).toEqual([
    401,
    expect.stringContaining('a newer cookie has just replaced this one'),
  ])
  expect((await late().get('/public').set('cookie', before)).status).toBe(200)
  expect((await late().post('/passport').set('cookie', before).send({ a: 1 })).status).toBe(401)
  const again = late()
  const sent = { username: ANN.name, password: 'right' }
  const second = await again.post('/login').set('cookie', before).send(sent)
  expect(second.status).toBe(204)
  expect((await again.get('/me')).body.user).toEqual(ANN)
  expect((await visitor.get('/me')).body.user).toEqual(ANN)
  expect(codes(errors)).toEqual(Array(2).fill('ERR_SESSION_SUPERSEDED'))
})

test('a strategy on its way back with a superseded cookie is told so, and not that it has no state', async () => {
  const site = createPassportSite({ options: { client: redis() } })
  addOAuth(site, 'one')
  const visitor = site.agent()
  const before = cookieOf(await visitor.post('/fields').send({ basket: 'full' }))!
  const state = stateOf((await visitor.get('/one')).headers['location'])
  await signIn(visitor, ANN, '/login/keep')
  const back = () => site.agent().get('/one/callback').query({ state, code: 'x' })
  expect((await back().set('cookie', before)).status).toBe(401)
  expect((await site.agent().get('/one').set('cookie', before)).status).toBe(401)
  expect(codes(site.errors)).toEqual(Array(2).fill('ERR_SESSION_SUPERSEDED'))
  expect((await visitor.get('/one/kept').query({ state })).body).toEqual({ handle: state })
})

test("a login under another key than passport's is refused: revokeAll would not end it", async () => {
  const { agent, passport, errors } = createPassportSite({ options: { client: redis() } })
  ;(passport as unknown as { _sm: { _key: string } })._sm._key = 'login'
  const visitor = agent()
  expect((await signIn(visitor, ANN)).status).toBe(500)
  expect(codes(errors)).toEqual(['ERR_SESSION_OPTIONS'])
  expect((await visitor.get('/passport')).body).toEqual({})
})

test('a sign-in under way during revokeAll is refused', async () => {
  const { agent, router, Session } = createPassportSite({ options: { client: redis() } })
  router.post('/slow', async (ctx) => {
    await Session.revokeAll('user_id', ANN.id)
    await ctx.login(ANN)
    ctx.status = 204
  })
  const visitor = agent()
  expect((await visitor.post('/slow')).status).toBe(401)
  expect((await visitor.get('/me')).body).toEqual(NOBODY)
})

test('a login that failed and was caught is not tried again', async () => {
  const { agent, router, Session } = createPassportSite({ options: { client: redis() } })
  router.post('/caught', async (ctx) => {
    await Session.revokeAll('user_id', ANN.id)
    await ctx.login(ANN).catch(() => {})
    ctx.body = { in: ctx.isAuthenticated() }
  })
  const answer = await agent().post('/caught')
  expect([answer.status, answer.body]).toEqual([200, { in: false }])
})

test('of a request that fails anyway, what could not be written is told, too', async () => {
  const { agent, router, errors } = createPassportSite()
  router.get('/twice', (ctx) => {
    ;(ctx.state['session'] as Record<string, unknown>)['big'] = 1n
    return ctx.throw(418)
  })
  expect((await agent().get('/twice')).status).toBe(418)
  expect(errors).toEqual([
    expect.objectContaining({ code: 'ERR_SESSION_FIELD' }),
    expect.objectContaining({ status: 418 }),
  ])
})

test('what JSON cannot hold is refused by its key', async () => {
  const { agent, router, errors } = createPassportSite()
  router.get('/bigint', (ctx) => {
    ;(ctx.state['session'] as Record<string, unknown>)['big'] = 1n
  })
  expect((await agent().get('/bigint')).status).toBe(500)
  expect(errors).toEqual([
    expect.objectContaining({
      code: 'ERR_SESSION_FIELD',
      message: expect.stringContaining('"big"') as string,
    }),
  ])
})

test('an application that has a field "passport" of its own is told', async () => {
  const { agent, errors } = createPassportSite()
  const visitor = agent()
  await visitor.post('/fields').send({ passport: 'C01X00T47' })
  expect((await visitor.get('/me')).status).toBe(500)
  expect(codes(errors)).toEqual(['ERR_SESSION_FIELD'])
  expect(String(errors[0])).not.toContain('C01X')
})

test('declared fields need passportFields()', async () => {
  const { agent, errors } = createPassportSite({
    options: { fields: { user_id: field.number(), ip: field.string() } } as never,
  })
  expect((await signIn(agent(), ANN)).status).toBe(500)
  expect(String(errors[0])).toContain('the field "passport" is not declared')

  const fields = { user_id: field.number(), ip: field.string(), ...passportFields('flash') }
  const typed = createPassportSite({ options: { fields } as never })
  const visitor = typed.agent()
  await visitor.post('/passport').send({ messages: ['hello'], flash: { error: ['no'] } })
  await signIn(visitor, ANN, '/login/keep')
  expect((await visitor.get('/me')).body.user).toEqual(ANN)
  expect((await visitor.get('/passport')).body).toEqual({
    messages: ['hello'],
    flash: { error: ['no'] },
    passport: { user: 7 },
  })
  expect((await visitor.post('/passport').send({ other: 1 })).status).toBe(500)
  expect(String(typed.errors[0])).toContain('the field "passport:other" is not declared')
})
