/** The code of the guide's everyday pages is run here, and used. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type Koa from 'koa'
import request from 'supertest'
import { expect, test } from 'vitest'
import { readSections, run } from './blocks.js'
import type { SessionOptions } from '../../../src/index.js'
import { collect, openSite, requireFor, type Site } from './site.js'

test('sign-in: signs in, keeps the basket, and refuses a wrong password', async () => {
  const sections = readSections('docs/guide/sign-in.md')
  const setup = sections.get('Setup')!.replace(/^app\.listen\(\d+\)$/m, 'app.silent = true')
  const code = setup + sections.get('The sign-in')!
  const scope = {
    require: requireFor('docs-sign-in:'),
    findUser: async (name: string, given: string) => given === 'right' && { id: `u-${name}` },
  }
  const { app, Session } = (await run(`${code}\nreturn { app, Session }`, scope)) as {
    app: Koa
    Session: Site['Session']
  }
  app.middleware.splice(1, 0, async (ctx, next) => {
    if (ctx.path !== '/basket') return next()
    ctx.body = await ctx['session'].set({ basket: 'apples' })
  })
  const visitor = request.agent(app.callback())
  await visitor.post('/basket').expect(200)
  expect((await visitor.post('/login').send({ name: 'a', password: 'x' })).status).toBe(403)
  const answer = await visitor.post('/login').send({ name: 'a', password: 'right' })
  expect(answer.status).toBe(302)
  const found = await collect(Session.find('user_id', 'u-a'))
  expect(found.map(({ values }) => values)).toEqual([
    expect.objectContaining({ user_id: 'u-a', basket: 'apples' }),
  ])
})

test('sign-in: the organisation is changed together with the role in it', async () => {
  const roles = new Map([['u a', 'editor']])
  const findRole = async (user: string, organisation: string) =>
    roles.get(`${user} ${organisation}`)
  const site = openSite('sign-in', {}, { findRole })
  await site.runSection('What is no sign-in')
  const visitor = await site.signedIn('u')
  expect((await visitor.post('/organisation').send({ org_id: 'b' })).status).toBe(403)
  expect((await visitor.post('/organisation').send({ org_id: 'a' })).status).toBe(302)
  const [found] = await collect(site.Session.find('user_id', 'u'))
  expect(found!.values).toMatchObject({ user_id: 'u', org_id: 'a', role: 'editor' })
  expect((await site.agent().post('/organisation').send({ org_id: 'a' })).status).toBe(403)
})

test('sign-in: asks for the password again where the sign-in is not recent', async () => {
  const site = openSite('sign-in')
  await site.runSection('Ask for the password again')
  const visitor = await site.signedIn('u')
  expect((await visitor.post('/email').send({ email: 'new' })).status).toBe(204)
  const found = await collect(site.Session.find('user_id', 'u'))
  expect(found.map(({ values }) => values)).toContainEqual({ user_id: 'u', email: 'new' })

  // Nobody has signed in to this session.
  site.app.use(async (ctx) => {
    if (ctx.path === '/basket') ctx.body = await ctx['session'].set({ basket: 'apples' })
  })
  const stranger = site.agent()
  await stranger.post('/basket').expect(200)
  for (const nobody of [stranger, site.agent()]) {
    const refused = await nobody.post('/email').send({ email: 'other' })
    expect(refused.headers['location']).toBe('/login')
  }
})

test('reading: says who it is, writes fields, and counts', async () => {
  const site = openSite('reading')
  await site.runSection('Who is it?')
  await site.runSection('Writing fields')
  await site.runSection('Counting')
  await site.runSection('Signed out, or only renewed?')
  const visitor = await site.signedIn('a')
  expect((await visitor.get('/')).text).toBe('Hello, user a')
  expect((await site.agent().get('/')).text).toBe('Please sign in')
  expect((await visitor.post('/theme').send({ theme: 'dark' })).status).toBe(204)
  const [found] = await collect(site.Session.find('user_id', 'a'))
  expect(found!.values).toMatchObject({ theme: 'dark' })
  await visitor.post('/visit')
  expect((await visitor.post('/visit')).body).toEqual({ visits: 2 })
  expect((await visitor.get('/me')).body).toEqual({ user_id: 'a' })
  expect((await site.agent().get('/me')).body).toEqual({ user_id: null })
  const signedIn = await site.agent().post('/sign-in').send({ user_id: 'a' })
  const old = signedIn.headers['set-cookie']![0]!.split(';')[0]!
  await site.agent().post('/sign-in').set('cookie', old).send({ user_id: 'a' })
  expect((await site.agent().get('/me').set('cookie', old)).status).toBe(409)
  const { Session } = await site.runSection('Idle timeout', ['Session'])
  expect(Session).toBeTypeOf('function')
})

test('sign-out: signs out', async () => {
  const site = openSite('sign-out')
  await site.runSection('Sign out')
  const visitor = await site.signedIn('a')
  expect((await visitor.post('/logout')).status).toBe(302)
  expect(await site.Session.count('user_id', 'a')).toBe(0)
})

test('sign-out: says why a session ended', async () => {
  const site = openSite('sign-out')
  await site.runSection('Why a session ended')
  const [one, other] = [await site.signedIn('why'), await site.signedIn('why')]
  expect((await one.post('/change-password')).status).toBe(204)
  expect((await other.get('/login')).text).toContain('the password was changed')
  expect((await site.agent().get('/login')).text).toBe('Please sign in.')
})

test('devices: lists them, and ends one, but no stranger’s', async () => {
  const site = openSite('devices')
  await site.runSection('List devices, and end one')
  const visitor = await site.signedIn('c')
  await site.signedIn('c')
  const stranger = await site.signedIn('d')
  const { body: devices } = await visitor.get('/devices')
  expect(devices).toHaveLength(2)
  const { id } = devices.find((device: { current: boolean }) => !device.current)
  expect((await stranger.post(`/devices/${id}/end`)).status).toBe(404)
  expect(await site.Session.count('user_id', 'c')).toBe(2)
  expect((await visitor.post(`/devices/${id}/end`)).status).toBe(302)
  expect(await site.Session.count('user_id', 'c')).toBe(1)
  expect((await visitor.get('/devices')).body).toHaveLength(1)
  expect((await site.agent().get('/devices')).status).toBe(401)
  expect((await site.agent().post('/devices/rubbish/end')).status).toBe(404)
})

test('csrf: protects forms', async () => {
  const site = openSite('csrf')
  await site.runSection('CSRF')
  const visitor = site.agent()
  const { text } = await visitor.get('/form')
  const csrf = /value="([^"]+)"/.exec(text)?.[1]
  expect((await visitor.post('/form').send({ csrf })).status).toBe(204)
  expect((await visitor.post('/form').send({ csrf: 'x' })).status).toBe(403)
  expect((await site.agent().post('/form').send({ csrf })).status).toBe(403)
})

test('remember-me: remembers visitors who ask for it', async () => {
  const site = openSite('remember-me')
  const { Session } = await site.runSection('Remember me', ['Session'])
  const agent = site.visitorsOf(Session as Site['Session'])
  const cookie = async (remember: boolean) =>
    (await agent().post('/login').send({ remember })).headers['set-cookie']?.[0]
  expect(await cookie(true)).toMatch(/expires=/)
  expect(await cookie(false)).not.toMatch(/expires=/)
})

test('errors: one that Redis is away is logged in one line, and a session that ended redirects', async () => {
  const logged: unknown[][] = []
  const site = openSite(
    'errors',
    {},
    { console: { error: (...line: unknown[]) => logged.push(line) } },
  )
  await site.runSection('Errors')
  let ending = false
  // Between a read and the write of one request the session is ended.
  site.app.middleware.splice(1, 0, async (ctx, next) => {
    await ctx['session'].peek()
    if (ending) await site.Session.revokeAll('user_id', 'a')
    await next()
  })
  const visitor = await site.signedIn('a')
  expect((await visitor.post('/basket')).status).toBe(204)
  ending = true
  expect((await visitor.post('/basket')).headers['location']).toBe('/login')

  site.client.disconnect()
  expect((await visitor.post('/basket')).status).toBe(503)
  expect(logged).toEqual([['Redis could not answer (see cause)', 'Connection is closed.']])
})

test('proxies: the cookie is for TLS, from a proxy that is trusted', async () => {
  const site = openSite('proxies', { key: 'unused' })
  const { Session } = (await site.runSection('Behind a proxy', ['Session'])) as {
    Session: Site['Session']
  }
  site.app.use(Session).use(async (ctx) => {
    await ctx.session.set({ user_id: 7 })
    ctx.status = 204
  })
  const server = site.app.callback()
  const sent = await request(server).get('/x').set('x-forwarded-proto', 'https')
  expect(sent.headers['set-cookie']?.[0]).toMatch(/^__Host-session-id=.+; secure/)
  expect((await request(server).get('/x')).status).toBe(500)
})

test('testing: a cookie for a visitor who is signed in', async () => {
  const site = openSite('testing')
  const { createApp } = (await site.runSection('Testing', ['createApp'])) as unknown as {
    createApp(options: SessionOptions): Pick<Site, 'app' | 'Session'>
  }
  let sent: Record<string, string> = {}
  const scope = {
    createApp(options: SessionOptions) {
      const made = createApp(options)
      made.app.listen = () => undefined as never
      return made
    },
    fetch: async (_: string, { headers }: { headers: Record<string, string> }) => {
      sent = headers
    },
  }
  const section = (await openSite('testing', {}, scope).runSection('A visitor who is signed in', [
    'app',
    'id',
    'cookie',
  ])) as unknown as Pick<Site, 'app'> & { id: string; cookie: string }
  expect(sent).toEqual({ cookie: section.cookie })
  section.app.use(async (ctx) => {
    ctx.body = await ctx['session'].peek()
  })
  const { body } = await request(section.app.callback()).get('/').set('cookie', section.cookie)
  expect(body).toEqual({ id: section.id, user_id: '7' })
})

test('deployment: shuts down when all is answered, and closes what is open', async () => {
  let shutDown: (() => Promise<void>) | undefined
  const process = { once: (_: string, listener: () => Promise<void>) => (shutDown = listener) }
  const site = openSite('deployment', {}, { process })
  const { listen } = site.app
  site.app.listen = () => listen.call(site.app, 0)
  const { server } = (await site.runSection('Graceful shutdown', ['server'])) as unknown as {
    server: Server
  }
  await site.signedIn('a')
  const closed = once(site.client, 'end')
  await shutDown!()
  expect(server.listening).toBe(false)
  await closed
})

test('deployment: a prefix keeps two applications apart', async () => {
  const site = openSite('deployment')
  const section = await site.runSection('A prefix for each application', ['Session'])
  const { Session } = section as { Session: Site['Session'] }
  await site.signedIn('b')
  expect(await site.Session.count('user_id', 'b')).toBe(1)
  expect(await Session.count('user_id', 'b')).toBe(0)
})
