/** Calls of koa-passport that the application did not await. */
import { expect, test } from 'vitest'
import type { SessionError } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import { ANN, BOB, cookieOf, createPassportSite, signIn } from '../../support/passport-app.js'

const codes = (errors: readonly unknown[]) => errors.map((error) => (error as SessionError).code)

test('the response waits for a login, whose serializeUser takes a while', async () => {
  const { agent, router, passport } = createPassportSite({ options: { client: redis() } })
  passport.serializeUser((user, done) => {
    setImmediate(() => setImmediate(() => done(null, (user as typeof ANN).id)))
  })
  router.post('/login/forgotten', (ctx) => {
    void ctx.login(ANN)
    ctx.status = 204
  })
  const visitor = agent()
  const answer = await visitor.post('/login/forgotten')
  expect(cookieOf(answer)).toBeDefined()
  expect((await visitor.get('/me')).body.user).toEqual(ANN)
})

test('the response waits for a logout', async () => {
  const { agent, router, Session } = createPassportSite({ options: { client: redis() } })
  router.post('/logout/forgotten', (ctx) => {
    void ctx.logout()
    ctx.status = 204
  })
  const visitor = agent()
  await signIn(visitor, BOB)
  expect((await visitor.post('/logout/forgotten')).status).toBe(204)
  expect(await Session.count('user_id', BOB.id)).toBe(0)
})

test("its error is the request's, and ends no process", async () => {
  const { agent, router, errors, Session } = createPassportSite({ options: { client: redis() } })
  router.post('/refused', async (ctx) => {
    await Session.revokeAll('user_id', ANN.id)
    void ctx.login(ANN)
    ctx.status = 204
  })
  const unhandled: unknown[] = []
  const listen = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', listen)
  try {
    expect((await agent().post('/refused')).status).toBe(401)
    await new Promise(setImmediate)
  } finally {
    process.off('unhandledRejection', listen)
  }
  expect([unhandled, codes(errors)]).toEqual([[], ['ERR_SESSION_REVOKED']])
})
