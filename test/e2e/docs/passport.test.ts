/** The code of docs/guide/passport.md is run here. */
import type Koa from 'koa'
import Application from 'koa'
import koaPassport from 'koa-passport'
import request from 'supertest'
import { expect, onTestFinished, test, vi } from 'vitest'
import { passportSession } from '../../../src/passport/index.js'
import { createPassportSite } from '../../support/passport-app.js'
import { startProvider } from '../../support/oidc-provider.js'
import { readSections, run } from './blocks.js'
import { connect, requireFor, type Site } from './site.js'

const sections = readSections('docs/guide/passport.md')
const own = requireFor('docs-passport:')

test('passport: signs in by a password, and out everywhere', async () => {
  const code = sections.get('A password')!.replace(/^app\.listen\(\d+\)$/m, 'app.silent = true')
  const { app, Session } = (await run(`${code}\nreturn { app, Session }`, { require: own })) as {
    app: Koa
    Session: Site['Session']
  }
  const visitor = request.agent(app.callback())
  const form = { username: 'ann', password: 'no' }
  await visitor.post('/login').send(form).expect(302)
  expect((await visitor.get('/')).text).toMatch(/^Wrong name or password <form/)
  expect((await visitor.get('/')).text).toMatch(/^ <form/)
  await visitor.post('/logout-everywhere').expect(401)
  await visitor
    .post('/login')
    .send({ ...form, password: 'open sesame' })
    .expect(302)
  expect((await visitor.get('/')).text).toMatch(/^Hello ann\./)
  await visitor.post('/logout').expect(302)
  expect((await visitor.get('/')).text).toMatch(/^ <form/)
  await visitor.post('/login').send({ ...form, password: 'open sesame' })
  expect(await Session.count('user_id', 7)).toBe(1)
  await visitor.post('/logout-everywhere').expect(302)
  expect(await Session.count('user_id', 7)).toBe(0)
  expect((await visitor.get('/')).text).toMatch(/^ <form/)
})

/** What the sections share, with a passport of the test's own. */
function scopeOf() {
  const site = createPassportSite()
  const require = (name: string): unknown => (name === 'koa-passport' ? site.passport : own(name))
  const { router } = site
  return { site, scope: { require, router, findUserByToken: async () => undefined } }
}

test('passport: starts with a provider, with state and PKCE', async () => {
  const { site, scope } = scopeOf()
  await run(sections.get('OAuth')!, scope)
  const { headers } = await site.agent().get('/provider').expect(302)
  const { searchParams } = new URL(headers['location']!)
  expect(searchParams.get('state')).toMatch(/^.{24}$/)
  expect(searchParams.get('code_challenge_method')).toBe('S256')
})

test("passport: openid-client's strategy sends a state", async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()
  onTestFinished(() => void vi.restoreAllMocks())
  const provider = await startProvider([])
  onTestFinished(() => provider.stop())
  const { site, scope } = scopeOf()
  // The provider of the test has no TLS.
  const code = sections
    .get('OpenID Connect')!
    .replace('https://provider.example', provider.issuer)
    .replace(
      /discovery\((issuer.*)\)$/m,
      'discovery($1, undefined, { execute: [require("openid-client").allowInsecureRequests] })',
    )
  await run(code, scope)
  site.router.get('/provider', site.passport.authenticate('provider'))
  const { headers } = await site.agent().get('/provider').expect(302)
  expect(new URL(headers['location']!).searchParams.get('state')).toBeTruthy()
})

test('passport: declared fields are enough for a login', async () => {
  const app = new Application()
  const client = connect('docs-passport-declared:')
  const code = `${sections.get('Declared fields')!}\nreturn Session`
  const Session = (await run(code, { require: own, app, client })) as Site['Session']
  const passport = new koaPassport.KoaPassport()
  passport.serializeUser((_user, done) => done(null, 7))
  app.use(Session).use(passport.initialize())
  app.use(passportSession(Session, { reference: 'user_id' }))
  app.use(async (ctx) => {
    await ctx.login({})
    ctx.body = await ctx['session'].peek()
  })
  const { body } = await request(app.callback()).get('/').expect(200)
  expect(body).toMatchObject({ user_id: 7, passport: '{"user":7}' })
})

vi.setConfig({ testTimeout: 60_000 })
