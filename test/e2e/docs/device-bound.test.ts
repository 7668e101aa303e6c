/** The code of docs/guide/device-bound-sessions.md is run here. */
import type Koa from 'koa'
import request from 'supertest'
import { expect, test } from 'vitest'
import { createKey, offerIn, signJwt } from '../../support/device.js'
import { readSections, run } from './blocks.js'
import { openSite, requireFor, type Site } from './site.js'

const sections = readSections('docs/guide/device-bound-sessions.md')

test('the set-up offers registration, and binds the session', async () => {
  const code = `${sections.get('Set it up')!}\nreturn { app, Session }`
  const scope = { require: requireFor('docs-device-bound:') }
  const { app, Session } = (await run(code, scope)) as { app: Koa; Session: Site['Session'] }
  app.silent = true
  app.use(async (ctx) => {
    if (ctx.path === '/peek') await ctx['session'].peek()
    else await ctx['session'].signIn({ user_id: 'u' })
    ctx.status = 204
  })
  const visitor = request(app.callback())
  const https = { 'x-forwarded-proto': 'https' }
  const page = await visitor.get('/').set(https)
  const [cookie = ''] = page.headers['set-cookie'] as unknown as string[]
  const { path, challenge } = offerIn(page.headers)
  expect(path).toBe('/device-session/register')
  const jwt = signJwt(createKey(), challenge)
  const headers = { ...https, cookie: cookie.split(';', 1)[0]!, 'secure-session-response': jwt }
  const answer = await visitor.post(path).set(headers)
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({ refresh_url: '/device-session/refresh' })
  const [proof = ''] = answer.headers['set-cookie'] as unknown as string[]
  const both = `${headers.cookie}; ${proof.split(';', 1)[0]!}`
  await visitor.get('/peek').set({ ...https, cookie: both })
  for await (const { bound } of Session.find('user_id', 'u')) expect(bound).toBe(true)
})

test('a sensitive page refuses a session that is not bound', async () => {
  const site = openSite('device-bound-sessions')
  await site.runSection('Require it for sensitive pages')
  const visitor = await site.signedIn('u')
  expect((await visitor.post('/transfer')).status).toBe(403)
  expect((await site.agent().post('/transfer')).status).toBe(401)
})
