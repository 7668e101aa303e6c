/** The code of docs/guide/single-sign-on.md is run here, the application with a real provider in Chromium. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import Koa from 'koa'
import request from 'supertest'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { BackChannelLogout } from '../../../src/back-channel-logout/index.js'
import { sessions } from '../../../src/index.js'
import { connectChromium } from '../../support/browser.js'
import { createProvider, listen, seconds } from '../../support/logout-provider.js'
import { startProviderOf } from '../../support/oidc-provider.js'
import { readSections, run } from './blocks.js'
import { connect, openSite, requireFor, type Site } from './site.js'

vi.setConfig({ testTimeout: 120_000 })

const sections = readSections('docs/guide/single-sign-on.md')

test('single-sign-on: is signed out at the provider, and signs in again', async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()
  onTestFinished(() => void vi.restoreAllMocks())
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const provider = await startProviderOf([
    {
      client_id: 'app',
      client_secret: 'a secret that is long enough',
      redirect_uris: [`${origin}/callback`],
      backchannel_logout_uri: `${origin}/back-channel-logout`,
      backchannel_logout_session_required: true,
    },
  ])
  onTestFinished(async () => {
    const closed = once(server.close(), 'close')
    server.closeAllConnections()
    await Promise.all([closed, provider.stop()])
  })

  // The provider of the test has no TLS.
  const code = sections
    .get('The application')!
    .replace('https://app.example', origin)
    .replace('https://provider.example', provider.issuer)
    .replace('process.env.CLIENT_SECRET', "'a secret that is long enough'")
    .replace(
      /discovery\((issuer.*)\)$/m,
      'discovery($1, undefined, { execute: [openid.allowInsecureRequests] })',
    )
    .replace(/^app\.listen\(\d+\)$/m, 'app.silent = true')
  const { app, Session } = (await run(`${code}\nreturn { app, Session }`, {
    require: requireFor('docs-single-sign-on:'),
    findUserBySubject: async (sub: string) => ({ id: `${sub}-7` }),
  })) as Pick<Site, 'app' | 'Session'>
  server.on('request', app.callback() as RequestListener)

  const browser = await connectChromium()
  const profile = await browser.newContext({ baseURL: origin })
  profile.setDefaultTimeout(30_000)
  onTestFinished(() => profile.close())
  const page = await profile.newPage()
  const signIn = async () => {
    await page.locator('input[name="login"]').fill('ann')
    await page.locator('input[name="password"]').fill('any')
    await page.getByRole('button', { name: 'Sign-in' }).click()
  }
  const shows = (text: string) => page.getByText(text, { exact: true }).waitFor()
  await page.goto('/login')
  await signIn()
  await page.getByRole('button', { name: 'Continue' }).click()
  await shows('User ann-7')

  await page.goto(`${provider.issuer}/session/end`)
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await page.getByRole('heading', { name: 'Sign-out Success' }).waitFor()
  await page.goto('/')
  await shows('Nobody')
  expect(await Session.count('user_id', 'ann-7')).toBe(0)
  await page.goto('/login')
  await signIn()
  await page.getByRole('button', { name: 'Continue' }).click()
  await shows('User ann-7')

  // The provider asks again, though it knows her.
  const answer = await request(app.callback()).get('/login?again').expect(302)
  expect(new URL(answer.headers['location']!).searchParams.get('prompt')).toBe('login')
})

const REFERENCES = { user_id: {}, oidc_sid: { rotate: false }, oidc_sub: { rotate: false } }

test('single-sign-on: tells several issuers apart', async () => {
  const site = openSite('single-sign-on', { references: REFERENCES })
  await site.runSection('Several issuers')
  for (const name of ['one', 'two']) {
    await site.agent().post(`/back-channel-logout/${name}.example`).type('form').expect(400)
  }
  await site.agent().post('/back-channel-logout/three.example').expect(404)
})

test('single-sign-on: receives session-revoked of a Shared Signals transmitter', async () => {
  const transmitter = await createProvider()
  const jwksUri = await listen((_req, res) => res.end(JSON.stringify(transmitter.jwks)))
  const app = new Koa()
  const router = new Router()
  app.silent = true
  app.use(bodyParser()).use(router.routes())
  const code = sections
    .get('Shared Signals')!
    .replace(/https:\/\/provider\.example\/jwks/, jwksUri.href)
  const { Session, signals } = (await run(`${code}\nreturn { Session, signals }`, {
    require: requireFor('docs-single-sign-on:'),
    app,
    router,
    sessions,
    client: connect('docs-single-sign-on:'),
  })) as { Session: Site['Session']; signals: BackChannelLogout<'oidc_sid', 'oidc_sub'> }

  const signedIn = async (sub: string) => {
    const claims = { iss: transmitter.issuer, aud: 'https://app.example', sub, iat: seconds(-60) }
    return Session.createCookie({ user_id: sub, ...(await signals.check(claims)) })
  }
  await Promise.all([signedIn('ann'), signedIn('bob')])
  const EVENT = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
  const token = (sub_id: object, changes: object = {}) =>
    transmitter.sign({
      aud: 'https://app.example',
      exp: undefined,
      sub: undefined,
      sid: undefined,
      sub_id,
      events: { [EVENT]: { event_timestamp: seconds(-5) } },
      header: { typ: 'secevent+jwt' },
      ...changes,
    })
  const send = (text: string, type = 'application/secevent+jwt') =>
    request(app.callback()).post('/shared-signals').set('Content-Type', type).send(text)
  const ann = { format: 'iss_sub', iss: transmitter.issuer, sub: 'ann' }
  for (const [subject, changes] of [
    [{ ...ann, iss: 'https://other.example' }],
    [{ format: 'email', email: 'ann@example.com' }],
    [{ format: 'complex', session: { format: 'opaque', id: 'x' } }],
    [undefined],
    [ann, { header: { typ: 'logout+jwt' } }],
    [ann, { header: { typ: undefined } }],
    [ann, { aud: 'app' }],
    [ann, { events: { 'urn:other': {} } }],
    [ann, { exp: seconds(-60) }],
  ] as const) {
    const { body } = await send(await token(subject as object, changes)).expect(400)
    expect(body).toMatchObject({ err: 'invalid_request' })
  }
  await send(await token(ann), 'text/plain').expect(400)
  expect(await Session.count('user_id', 'ann')).toBe(1)

  const good = await token(ann)
  await send(good).expect(202)
  await send(good).expect(400)
  expect([await Session.count('user_id', 'ann'), await Session.count('user_id', 'bob')]).toEqual([
    0, 1,
  ])
  await expect(signedIn('ann')).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
  const bob = { format: 'complex', user: { ...ann, sub: 'bob' } }
  await send(await token(bob)).expect(202)
  expect(await Session.count('user_id', 'bob')).toBe(0)
})
