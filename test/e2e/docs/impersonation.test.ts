/** The code of docs/guide/impersonation.md is run here, and attacked. */
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import type { Redis } from 'ioredis'
import Koa, { type DefaultState } from 'koa'
import request from 'supertest'
import { expect, test } from 'vitest'
import { deviceBound } from '../../../src/device-bound/index.js'
import * as api from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { boundEarlier, createKey, offerIn, PROOF, signJwt } from '../../support/device.js'
import { readSections, run } from './blocks.js'
import { on } from './channels.js'
import { connect } from './site.js'

const code = readSections('docs/guide/impersonation.md').get('Impersonation')!

interface Section {
  Session: api.SessionMiddleware
  list(field: string, value: string): Promise<{ id: string; user_id: string; support?: string }[]>
}

/** A browser whose cookies can be looked at, stolen and renamed. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly #server: ReturnType<Koa['callback']>

  constructor(server: ReturnType<Koa['callback']>) {
    this.#server = server
  }

  async send(method: 'get' | 'post', path: string, body: object = {}, headers: object = {}) {
    const cookie = Array.from(this.cookies, (pair) => pair.join('=')).join('; ')
    const server = request(this.#server)
    const sent = server[method](path).set({ cookie, ...headers })
    const answer = method === 'get' ? await sent : await sent.send(body)
    for (const line of (answer.headers['set-cookie'] as unknown as string[]) ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  readonly get = (path: string) => this.send('get', path)
  readonly post = (path: string, body?: object) => this.send('post', path, body)
  readonly csrf = async () => (await this.get('/csrf')).text

  /** As a form of the page that it shows. */
  async submit(path: string) {
    return this.post(path, { csrf: await this.csrf() })
  }
}

/** `more`: options of the operators' and users' own sessions. */
async function open(more: Partial<api.SessionOptions> = {}) {
  const app = new Koa()
  app.silent = true
  app.proxy = true
  // Koa then signs cookies of its own.
  app.keys = ['key']
  const client = connect(`docs-impersonation:${createId()}:`)
  const router = new Router<DefaultState, api.SessionContext<api.SessionMiddleware>>()
  const sessions = (on_: Koa, options: api.SessionOptions) =>
    api.sessions(on_, options.key === undefined ? { ...options, ...more } : options)
  const findUserById = async (id: string) => ({ id, role: id.startsWith('op') ? 'operator' : '' })
  const scope = { app, client, router, sessions, findUserById }
  const section = (await run(`${code}\nreturn { Session, list }`, scope)) as Section
  router.get('/csrf', async (ctx) => {
    ctx.body = await ctx.session.createCSRFToken()
  })
  router.post('/login', async (ctx) => {
    await ctx.session.signIn(ctx.request.body as api.FieldValues)
    ctx.status = 204
  })
  router.post('/become', async (ctx) => {
    await ctx.session.set(ctx.request.body as api.FieldValues)
    ctx.status = 204
  })
  router.get('/fresh', async (ctx) => {
    await ctx.session.requireFresh('10 minutes')
    ctx.status = 204
  })
  router.get('/touch', async (ctx) => {
    await ctx.session.touch('1 day')
    ctx.status = 204
  })
  router.post('/comments', async (ctx) => {
    const { csrf } = ctx.request.body as { csrf: string }
    if (!(await ctx.session.verifyCSRFToken(csrf))) return ctx.throw(403)
    ctx.status = 204
  })
  router.post('/change-password', async (ctx) => void (await ctx.session.revokeOthers('user_id')))
  app.use(bodyParser()).use(router.routes())
  const server = app.callback()
  const signedIn = async (user_id: string, role = 'operator') => {
    const browser = new Browser(server)
    await browser.post('/login', { user_id, role })
    return browser
  }
  const acting = async (operator = 'op', user = 'u') => {
    const browser = await signedIn(operator)
    expect((await browser.submit(`/impersonate/${user}`)).status).toBe(302)
    expect((await browser.get('/')).text).toBe(
      `You (${operator}) are acting for this user. Hello, user ${user}`,
    )
    return browser
  }
  const ownId = (browser: Browser) => browser.cookies.get('session-id')!.split('.', 1)[0]!
  return { ...section, browser: () => new Browser(server), signedIn, acting, ownId }
}

/** The impersonation is over, and the operator is back in the own session. */
async function expectOver(browser: Browser) {
  const refused = await browser.get('/')
  expect(refused.status).toBe(401)
  expect(refused.text).not.toContain('user u')
  expect(browser.cookies.has('acting-id')).toBe(false)
}

test('both lists show it, and both are on record', async () => {
  const events: api.SessionEvents['signed-in'][] = []
  const { acting, signedIn, list } = await open()
  await signedIn('u', '')
  on('signed-in', (event) => events.push(event))
  await acting()
  const [mine] = await list('actor', 'op')
  expect(mine).toMatchObject({ user_id: 'u', support: 'op' })
  expect((await list('user_id', 'u')).map(({ support }) => support).toSorted()).toEqual([
    'op',
    undefined,
  ])
  expect(events.at(-1)).toMatchObject({ id: mine!.id, references: { user_id: 'u', actor: 'op' } })
})

test('the operator ends it, and is back in the own session', async () => {
  const { acting, list } = await open()
  const browser = await acting()
  expect((await browser.post('/impersonate/end', { csrf: 'x' })).status).toBe(403)
  expect((await browser.submit('/impersonate/end')).status).toBe(302)
  expect((await browser.get('/')).text).toBe('Hello, user op')
  expect(await list('actor', 'op')).toEqual([])
  // There is no own session to end by it.
  expect((await browser.submit('/impersonate/end')).status).toBe(404)
  expect((await browser.get('/')).text).toBe('Hello, user op')
})

test('only operators begin it, with a form of their own, and not for operators', async () => {
  const { signedIn, browser, list } = await open()
  expect((await browser().post('/impersonate/u')).status).toBe(404)
  expect((await (await signedIn('v', '')).submit('/impersonate/u')).status).toBe(404)
  const operator = await signedIn('op')
  expect((await operator.post('/impersonate/u')).status).toBe(403)
  expect((await operator.submit('/impersonate/op2')).status).toBe(403)
  expect((await operator.submit('/impersonate/op')).status).toBe(403)
  // A session with the role that nobody has signed in to.
  const stale = browser()
  await stale.post('/become', { user_id: 'op', role: 'operator' })
  expect((await stale.submit('/impersonate/u')).status).toBe(403)
  expect(await list('user_id', 'u')).toEqual([])
})

test('it may do what is named, and nothing else', async () => {
  const { acting, signedIn, list } = await open()
  const user = await signedIn('u', '')
  const browser = await acting()
  expect((await browser.submit('/comments')).status).toBe(204)
  for (const path of ['/change-password', '/login', '/impersonate/v', '/new-route']) {
    expect((await browser.submit(path)).status, path).toBe(403)
  }
  expect((await browser.get('/fresh')).status).toBe(403)
  expect((await user.get('/fresh')).status).toBe(204)
  expect(await list('user_id', 'u')).toHaveLength(2)
})

test('forms are of one of the two sessions', async () => {
  const { acting, signedIn } = await open()
  const operator = await signedIn('op')
  const own = await operator.csrf()
  await operator.submit('/impersonate/u')
  const users = await operator.csrf()
  expect((await operator.post('/comments', { csrf: own })).status).toBe(403)
  expect((await operator.post('/comments', { csrf: users })).status).toBe(204)
  await operator.submit('/impersonate/end')
  expect((await operator.post('/comments', { csrf: users })).status).toBe(403)
  // One that was sent for the user's account is not taken for the operator's, where it ended meanwhile.
  const late = await acting()
  late.cookies.set('acting-id', 'x')
  expect((await late.submit('/comments')).status).not.toBe(204)
})

test.each<[string, (site: Awaited<ReturnType<typeof open>>, browser: Browser) => unknown]>([
  ['the operator’s sessions are revoked', ({ Session }) => Session.revokeAll('user_id', 'op')],
  ['all that the operator began is revoked', ({ Session }) => Session.revokeAll('actor', 'op')],
  ['the user’s sessions are revoked', ({ Session }) => Session.revokeAll('user_id', 'u')],
  [
    'the operator loses the role',
    ({ Session, ownId }, browser) => Session.store.set(ownId(browser), { role: 'none' }),
  ],
  [
    'somebody else signs in to the operator’s session',
    async ({ ownId, browser: create }, browser) => {
      const other = create()
      other.cookies.set('session-id', browser.cookies.get('session-id')!)
      await other.post('/login', { user_id: 'op2', role: 'operator' })
      browser.cookies.set('session-id', other.cookies.get('session-id')!)
      expect(ownId(browser)).toBe(ownId(other))
    },
  ],
  [
    'the operator signs in anew',
    async ({ signedIn }, browser) => {
      browser.cookies.set('session-id', (await signedIn('op')).cookies.get('session-id')!)
    },
  ],
  ['the operator’s cookie is not there', (_, browser) => browser.cookies.delete('session-id')],
])('it is over when %s', async (_, happen) => {
  const site = await open()
  const browser = await site.acting()
  await happen(site, browser)
  await expectOver(browser)
  expect(await site.list('actor', 'op')).toEqual([])
})

test('its cookie opens nothing under the other name', async () => {
  const { acting, browser, list } = await open()
  const operator = await acting()
  const renamed = browser()
  renamed.cookies.set('session-id', operator.cookies.get('acting-id')!)
  expect((await renamed.get('/')).status).toBe(401)
  expect(await list('actor', 'op')).toEqual([])
})

test('a session of one’s own under its name is none, and stays', async () => {
  const { signedIn, list } = await open()
  const user = await signedIn('u', '')
  user.cookies.set('acting-id', user.cookies.get('session-id')!)
  await expectOver(user)
  expect((await user.get('/')).text).toBe('Hello, user u')
  expect(await list('user_id', 'u')).toHaveLength(1)
})

test('no write extends it beyond an hour', async () => {
  const { acting, Session } = await open()
  const browser = await acting()
  const life = async () => {
    for await (const { createdAt, expiresAt } of Session.find('actor', 'op')) {
      return (expiresAt.getTime() - createdAt.getTime()) / 60_000
    }
    return 0
  }
  expect(Math.round(await life())).toBe(15)
  expect((await browser.get('/touch')).status).toBe(204)
  expect(Math.round(await life())).toBe(60)
})

test('it takes no slot of the user', async () => {
  const { acting, signedIn, list } = await open({ references: { user_id: { max: 1 }, actor: {} } })
  const user = await signedIn('u', '')
  const browser = await acting()
  expect((await user.get('/')).text).toBe('Hello, user u')
  await signedIn('u', '')
  expect((await browser.get('/')).text).toContain('acting')
  expect(await list('user_id', 'u')).toHaveLength(2)
})

test('it needs the proof of the operator’s device', async () => {
  const secure = { 'x-forwarded-proto': 'https' }
  const { browser, list, Session } = await open({ secure: true, binding: deviceBound() })
  const operator = browser()
  const login = { user_id: 'op', role: 'operator' }
  const { path, challenge } = offerIn(
    (await operator.send('post', '/login', login, secure)).headers,
  )
  const jwt = { ...secure, 'secure-session-response': signJwt(createKey(), challenge) }
  expect((await operator.send('post', path, {}, jwt)).status).toBe(200)
  const csrf = (await operator.send('get', '/csrf', {}, secure)).text
  expect((await operator.send('post', '/impersonate/u', { csrf }, secure)).status).toBe(302)
  expect((await operator.send('get', '/', {}, secure)).text).toContain('acting for this user')
  // For 5 s after a session was bound, requests under way need no proof.
  const [id = ''] = operator.cookies.get('__Host-session-id')!.split('.')
  const key = Session.store.getSessionKey(id)
  const client = Session.store.client as Redis
  const binding = (await client.hget(key, '$binding'))!
  await client.hset(key, '$binding', boundEarlier(binding, 10_000))
  expect((await operator.send('get', '/', {}, secure)).text).toContain('acting for this user')
  operator.cookies.delete(PROOF)
  expect((await operator.send('get', '/', {}, secure)).status).toBe(401)
  expect(await list('actor', 'op')).toEqual([])
})
