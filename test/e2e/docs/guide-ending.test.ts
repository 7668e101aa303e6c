/** The code of the guide's pages about ending sessions is run here, and used. */
import { EventEmitter, once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openSite, type Site } from './site.js'

/** A stream's text once it has ended. */
function asText(stream: request.Response, done: (error: Error | null, text: string) => void): void {
  let text = ''
  stream.on('data', (part) => (text += String(part)))
  stream.on('end', () => done(null, text))
}

test('sign-out-everywhere: ends the others, all, and all of an organisation', async () => {
  const lines: unknown[] = []
  const references = { user_id: {}, org_id: {} }
  const console = { log: (line: unknown) => lines.push(line) }
  const site = openSite('sign-out-everywhere', { references }, { console })
  await site.runSection('Sign out everywhere')
  const visitor = await site.signedIn('e')
  await site.signedIn('e')
  expect((await visitor.post('/logout-others')).body).toEqual({ ended: 1 })
  expect(await site.Session.count('user_id', 'e')).toBe(1)
  await visitor.post('/logout-everywhere')
  expect(await site.Session.count('user_id', 'e')).toBe(0)

  await site.agent().post('/sign-in').send({ org_id: 7 })
  await site.runSection('From a job')
  expect(lines).toEqual(['1 of 1', '1 sessions ended'])
})

test('live-sign-out: tells a stream that its session has ended', async () => {
  const site = openSite('live-sign-out')
  await site.runSection('Live sign-out')
  const visitor = await site.signedIn('live')
  const stream = visitor.get('/events').buffer(true).parse(asText)
  const ended = stream.then(({ body }) => body as string)
  await site.Session.revokeAll('user_id', 'live')
  expect(await ended).toBe(': open\n\nevent: signed-out\ndata:\n\n')
  const nobody = await site.agent().get('/events').buffer(true).parse(asText)
  expect(nobody.body).toContain('event: signed-out')
  await site.Session.close()
})

test('live-sign-out: ends a stream whose secret another request has renewed', async () => {
  const site = openSite('live-sign-out')
  await site.runSection('Live sign-out')
  const visitor = await site.signedIn('renewed')
  const stream = visitor.get('/events').buffer(true).parse(asText)
  const ended = stream.then(({ body }) => body as string)
  await visitor.post('/sign-in').send({ user_id: 'renewed' })
  expect(await ended).toBe(': open\n\n')
  await site.Session.close()
})

test('live-sign-out: a page opens its WebSocket again, until it is signed out', async () => {
  let cookie = ''
  const opened = new EventEmitter()
  class BrowserSocket extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { cookie } })
      opened.emit('socket', this)
    }
  }
  const site = openSite('live-sign-out', {}, { WebSocket: BrowserSocket })
  const { listen } = site.app
  site.app.listen = () => listen.call(site.app, 0)
  const { server } = (await site.runSection('WebSockets', ['server'])) as unknown as {
    server: Server
  }
  const { connect } = (await site.runSection('The page of a WebSocket', ['connect'])) as {
    connect: (url: string) => void
  }
  const signIn = async () => {
    const { headers } = await request(server)
      .post('/sign-in')
      .set('cookie', cookie)
      .send({ user_id: 'page' })
    cookie = headers['set-cookie']![0]!.split(';')[0]!
  }
  const nextSocket = async () => ((await once(opened, 'socket')) as [WebSocket])[0]
  await signIn()
  const first = nextSocket()
  connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const socket = await first
  await once(socket, 'open')
  const second = nextSocket()
  const closed = once(socket, 'close')
  await signIn()
  expect((await closed)[0]).toBe(1012)
  const again = await second
  const over = once(again, 'close')
  await once(again, 'open')
  await site.Session.revokeAll('user_id', 'page')
  expect((await over)[0]).toBe(4401)
  await site.Session.close()
  server.close()
})

test('live-sign-out: closes a WebSocket whose session has ended', async () => {
  const site = openSite('live-sign-out')
  const { listen } = site.app
  site.app.listen = () => listen.call(site.app, 0)
  const { server } = (await site.runSection('WebSockets', ['server'])) as unknown as {
    server: Server
  }
  const { port } = server.address() as AddressInfo
  const signedIn = await request(server).post('/sign-in').send({ user_id: 'socket' })
  const [cookie] = signedIn.headers['set-cookie']!
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, {
    headers: { cookie: cookie!.split(';')[0]! },
  })
  const code = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('open', resolve))
  await site.Session.revokeAll('user_id', 'socket')
  expect(await code).toBe(4401)
  await site.Session.close()
  server.close()
})

test('limits: one more sign-in ends the session that signed in first, or is refused', async () => {
  const site = openSite('limits')
  const { Session: evicting } = await site.runSection('Limit the sessions of a user', ['Session'])
  const agent = site.visitorsOf(evicting as Site['Session'])
  const devices = Array.from({ length: 6 }, agent)
  for (const device of devices) await device.post('/sign-in').send({ user_id: 9 }).expect(204)
  expect(await site.Session.count('user_id', 9)).toBe(5)

  const { Session: refusing } = await site.runSection('Refuse instead', ['Session'])
  const another = site.visitorsOf(refusing as Site['Session'])
  const sixth = () => another().post('/login').send()
  for (let i = 0; i < 5; i++) await sixth().expect(302)
  const refused = await sixth().expect(403)
  expect(refused.text).toBe('Sign out on another device first')
})

test('change-password: ends the others and a stolen copy, and keeps this session', async () => {
  const passwords = new Map([['f', 'old']])
  const tokens = new Map([['t', 'f']])
  const site = openSite(
    'change-password',
    {},
    {
      hasPassword: async (user: string, password: string) => passwords.get(user) === password,
      savePassword: async (user: string, password: string) => passwords.set(user, password),
      takeResetToken: async (token: string) => tokens.get(token),
    },
  )
  await site.runSection('Change a password')
  const visitor = await site.signedIn('f')
  const thief = await site.signedIn('f')
  expect((await visitor.post('/password').send({ old: 'x', password: 'n' })).status).toBe(403)
  const changed = await visitor.post('/password').send({ old: 'old', password: 'new' })
  expect(changed.body).toEqual({ ended: 1 })
  expect(passwords.get('f')).toBe('new')
  expect((await thief.post('/password').send({ old: 'new', password: 'x' })).status).toBe(403)
  expect((await visitor.post('/password').send({ old: 'new', password: 'n' })).status).toBe(200)

  const reset = site.agent()
  expect((await reset.post('/reset').send({ token: 'x', password: 'n' })).status).toBe(403)
  expect((await reset.post('/reset').send({ token: 't', password: 'last' })).status).toBe(302)
  expect(passwords.get('f')).toBe('last')
  expect(await site.Session.count('user_id', 'f')).toBe(1)
  expect((await reset.post('/password').send({ old: 'last', password: 'n' })).status).toBe(200)
})
