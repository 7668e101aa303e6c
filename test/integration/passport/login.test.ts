/** The real koa-passport, with passport 0.7 and the 0.6 that it brings, and passport-local. */
import koaPassport from 'koa-passport'
import koaPassport06 from 'koa-passport06'
import { describe, expect, test } from 'vitest'
import { MemoryStore, type SessionOptions } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import {
  ANN,
  BOB,
  cookieOf,
  createPassportSite,
  signIn,
  type User,
} from '../../support/passport-app.js'

const NOBODY = { in: false, out: true, user: null }
const is = (user: User) => ({ in: true, out: false, user })

const SETUPS: [string, typeof koaPassport.KoaPassport, () => Partial<SessionOptions>][] = [
  ['passport 0.7, memory', koaPassport.KoaPassport, () => ({ store: new MemoryStore() })],
  ['passport 0.7, Redis', koaPassport.KoaPassport, () => ({ client: redis() })],
  [
    'passport 0.7, the Cluster protocol',
    koaPassport.KoaPassport,
    () => ({ client: redis(), cluster: true }),
  ],
  ['passport 0.6, Redis', koaPassport06.KoaPassport, () => ({ client: redis() })],
]

describe.each(SETUPS)('%s', (_name, KoaPassport, options) => {
  const create = (given: Parameters<typeof createPassportSite>[0] = {}) =>
    createPassportSite({ KoaPassport, options: options(), ...given })

  test.each([ANN, BOB])('signs $name in, and out', async (user) => {
    const { agent, Session } = create()
    const visitor = agent()
    expect((await visitor.get('/me')).body).toEqual(NOBODY)
    const signedIn = await signIn(visitor, user)
    expect(signedIn.status).toBe(204)
    expect(cookieOf(signedIn)).toBeDefined()
    expect((await visitor.get('/me')).body).toEqual(is(user))
    expect(await Session.count('user_id', user.id)).toBe(1)

    expect((await visitor.post('/logout')).status).toBe(204)
    expect((await visitor.get('/me')).body).toEqual(NOBODY)
    expect(await Session.count('user_id', user.id)).toBe(0)
    // And a copy of the cookie opens nothing.
    const thief = await agent().get('/me').set('cookie', cookieOf(signedIn)!)
    expect(thief.body).toEqual(NOBODY)
  })

  test('a wrong password signs nobody in', async () => {
    const { agent } = create()
    const visitor = agent()
    const answer = await visitor.post('/login').send({ username: 'ann', password: 'wrong' })
    expect(answer.status).toBe(401)
    expect(cookieOf(answer)).toBeUndefined()
    expect((await visitor.get('/me')).body).toEqual(NOBODY)
  })

  test('revokeAll from elsewhere ends the login', async () => {
    const { agent, Session } = create()
    const visitor = agent()
    await signIn(visitor, ANN)
    expect(await Session.revokeAll('user_id', ANN.id)).toBe(1)
    expect((await visitor.get('/me')).body).toEqual(NOBODY)
  })

  test('a login renews the secret, also for the same user', async () => {
    const { agent } = create()
    const visitor = agent()
    await visitor.post('/fields').send({ basket: 'full' })
    const cookies = [cookieOf(await signIn(visitor, ANN)), cookieOf(await signIn(visitor, ANN))]
    expect(new Set([...cookies, undefined]).size).toBe(3)
  })

  test('without keepSessionInfo a login leaves nothing of the visitor', async () => {
    const { agent } = create()
    const visitor = agent()
    await visitor.post('/fields').send({ basket: 'full', ip: '::1' })
    await visitor.post('/passport').send({ messages: ['hello'] })
    await signIn(visitor, ANN)
    expect((await visitor.get('/fields')).body).toEqual({
      id: expect.any(String),
      user_id: '7',
      passport: '{"user":7}',
    })
  })

  test("keepSessionInfo keeps a visitor's fields", async () => {
    const { agent } = create()
    const visitor = agent()
    await visitor.post('/fields').send({ basket: 'full', ip: '::1' })
    await visitor.post('/passport').send({ messages: ['hello'] })
    await signIn(visitor, ANN, '/login/keep')
    expect((await visitor.get('/fields')).body).toMatchObject({
      basket: 'full',
      ip: '::1',
      user_id: '7',
    })
    expect((await visitor.get('/passport')).body).toEqual({
      messages: ['hello'],
      passport: { user: 7 },
    })
    // Also of the same user.
    await signIn(visitor, ANN, '/login/keep')
    expect((await visitor.get('/fields')).body).toMatchObject({ basket: 'full', ip: '::1' })
  })

  test.each([
    ['that rotates', { user_id: {}, ip: { rotate: false } }],
    ['that does not rotate', { user_id: { rotate: false }, ip: { rotate: false } }],
  ])(
    'keepSessionInfo keeps nothing of another user, by a reference %s',
    async (_which, references) => {
      const { agent } = create({ options: { ...options(), references } })
      const visitor = agent()
      await signIn(visitor, ANN)
      await visitor.post('/fields').send({ role: 'operator', ip: '::1' })
      await visitor.post('/passport').send({ messages: ['for Ann'], returnTo: '/ann' })
      await signIn(visitor, BOB, '/login/keep')
      expect((await visitor.get('/me')).body).toEqual(is(BOB))
      expect((await visitor.get('/fields')).body).toEqual({
        id: expect.any(String),
        user_id: 'b-8',
        passport: '{"user":"b-8"}',
      })
    },
  )

  test("what an application adds to passport's own key stays with its user", async () => {
    const { agent, router } = create()
    router.post('/add', (ctx) => {
      Object.assign((ctx.state['session'] as { passport: object }).passport, { by: 'password' })
      ctx.status = 204
    })
    const visitor = agent()
    await signIn(visitor, ANN)
    await visitor.post('/add')
    const passport = { user: 7, by: 'password' }
    expect((await visitor.get('/passport')).body).toEqual({ passport })
    await signIn(visitor, ANN, '/login/keep')
    expect((await visitor.get('/passport')).body).toEqual({ passport })
    await signIn(visitor, BOB, '/login/keep')
    expect((await visitor.get('/passport')).body).toEqual({ passport: { user: BOB.id } })
  })

  test('failure messages are kept until they are shown', async () => {
    const { agent, router } = create()
    router.get('/show', (ctx) => {
      const session = ctx.state['session'] as { messages?: string[] }
      ctx.body = session.messages ?? []
      delete session.messages
    })
    const visitor = agent()
    for (const _ of [1, 2]) {
      const answer = await visitor.post('/login/message').send({ username: 'ann', password: 'no' })
      expect(answer.status).toBe(302)
    }
    expect((await visitor.get('/show')).body).toEqual(['Wrong', 'Wrong'])
    expect((await visitor.get('/show')).body).toEqual([])
    expect((await visitor.get('/fields')).body).toEqual({ id: expect.any(String) })
  })

  test('ctx.login signs in; session: false signs in for the request alone', async () => {
    const { agent, router, Session } = create()
    router.post('/as-ann', async (ctx) => {
      await ctx.login(ANN, { session: ctx.query['session'] !== 'false' })
      ctx.body = { in: ctx.isAuthenticated(), user: ctx.state['user'] as User }
    })
    const visitor = agent()
    const answer = await visitor.post('/as-ann?session=false')
    expect(answer.body).toEqual({ in: true, user: ANN })
    expect(cookieOf(answer)).toBeUndefined()
    expect((await visitor.get('/me')).body).toEqual(NOBODY)
    await visitor.post('/as-ann')
    expect((await visitor.get('/me')).body).toEqual(is(ANN))
    expect(await Session.count('user_id', ANN.id)).toBe(1)
  })

  test('a sign-in by hand is a login, and createCookie makes one', async () => {
    const { agent, router, Session } = create()
    router.post('/by-hand', async (ctx) => {
      await ctx.session.signIn({ user_id: BOB.id })
      ctx.status = 204
    })
    const visitor = agent()
    await visitor.post('/by-hand')
    expect((await visitor.get('/me')).body).toEqual(is(BOB))
    const { cookie } = await Session.createCookie({ user_id: BOB.id })
    expect((await agent().get('/me').set('cookie', cookie)).body).toEqual(is(BOB))
  })

  test('without the reference nobody is signed in: revokeAll would not find the session', async () => {
    const { agent, router } = create()
    router.post('/forget', async (ctx) => {
      await ctx.session.unset('user_id')
      ctx.status = 204
    })
    const visitor = agent()
    await signIn(visitor, ANN)
    await visitor.post('/forget')
    expect((await visitor.get('/me')).body).toEqual(NOBODY)
  })

  test('the session ends of a user whom deserializeUser does not know any more', async () => {
    const { agent, removed, Session } = create()
    const visitor = agent()
    await signIn(visitor, ANN)
    removed.add(ANN.id)
    expect((await visitor.get('/me')).body).toEqual(NOBODY)
    expect(await Session.count('user_id', ANN.id)).toBe(0)
  })

  test('logout ends the session of a visitor, too', async () => {
    const { agent } = create()
    const visitor = agent()
    await visitor.post('/fields').send({ basket: 'full' })
    await visitor.post('/logout')
    expect((await visitor.get('/fields')).body).toEqual({})
  })
})

test('the id 0 is a user', async () => {
  const { agent } = createPassportSite({ options: { client: redis() } })
  const visitor = agent()
  await signIn(visitor, { id: 0, name: 'zero' })
  expect((await visitor.get('/me')).body).toEqual(is({ id: 0, name: 'zero' }))
})
