/** Every block of code in the README and the guides is run here, and used. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { Redis } from 'ioredis'
import Koa from 'koa'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import * as api from '../../src/index.js'
import { readBlocks, run } from './blocks.js'

const blocks = readBlocks('README.md')
const clients: Redis[] = []
const load = createRequire(import.meta.url)

/** `require`, as in an application: this package, and a Redis that is not on its usual port. */
function require(name: string): unknown {
  if (name === 'koa-redis-session-sets') return Object.assign(api.sessions, api)
  if (name !== 'ioredis') return load(name)
  class Client extends Redis {
    constructor() {
      super(inject('redisUrl'))
      clients.push(this)
    }
  }
  return Client
}

afterAll(async () => {
  await Promise.all(clients.map((client) => client.quit()))
})

/** A stream's text once it has ended. */
function asText(stream: request.Response, done: (error: Error | null, text: string) => void): void {
  let text = ''
  stream.on('data', (part) => (text += String(part)))
  stream.on('end', () => done(null, text))
}

describe('the first example', () => {
  let server: Server
  afterAll(() => server.close())

  test('signs in, and out everywhere', async () => {
    const code = blocks[0]!.code.replace(/^app\.listen\(\d+\)$/m, 'return app.listen(0)')
    server = (await run(code, { require })) as Server
    expect((server.address() as AddressInfo).port).toBeGreaterThan(0)
    const [one, other] = [request.agent(server), request.agent(server)]
    expect((await one.get('/')).body).toEqual({})
    expect((await one.get('/login')).body).toMatchObject({ user_id: '7' })
    expect((await other.get('/login')).body).toMatchObject({ user_id: '7' })
    expect((await one.get('/logout-everywhere')).body).toEqual({})
    expect((await other.get('/')).body).toEqual({})
  })
})

describe('the guide', () => {
  let agent: () => ReturnType<typeof request.agent>
  const errors: unknown[] = []

  beforeAll(async () => {
    let password = 'old'
    const scope = {
      require,
      console: { error: (...parts: unknown[]) => errors.push(parts) },
      findUser: async (name: string, given: string) => given === password && { id: `u-${name}` },
      changePassword: async (_: string, old: string, next: string) => {
        if (old !== password) return false
        password = next
        return true
      },
    }
    // The first block sets up; each of the others has braces around it, to shadow a name.
    const [setUp, ...rest] = blocks.slice(1).map(({ code }) => code)
    const body = [setUp, ...rest.map((code) => `{\n${code}\n}`), 'return app'].join('\n')
    const app = (await run(body, scope)) as Koa
    app.silent = true
    const callback = app.callback()
    agent = () => request.agent(callback)
  })

  async function signedIn(name: string, password = 'old') {
    const visitor = agent()
    const answer = await visitor.post('/login').send({ name, password })
    return { visitor, answer }
  }

  test('logs in, and says who it is', async () => {
    const { visitor, answer } = await signedIn('a')
    expect(answer.status).toBe(302)
    expect((await visitor.get('/')).text).toBe('Hello, user u-a')
    expect((await signedIn('a', 'wrong')).answer.status).toBe(403)
    expect((await agent().get('/')).text).toBe('Please sign in')
  })

  test('logs out', async () => {
    const { visitor } = await signedIn('b')
    await visitor.post('/logout')
    expect((await visitor.get('/')).text).toBe('Please sign in')
  })

  test('lists devices, and ends one, but no stranger’s', async () => {
    const { visitor } = await signedIn('c')
    const { visitor: other } = await signedIn('c')
    const { visitor: stranger } = await signedIn('d')
    const { body: devices } = await visitor.get('/devices')
    expect(devices).toHaveLength(2)
    const { id } = devices.find((device: { current: boolean }) => !device.current)
    expect((await stranger.post(`/devices/${id}/end`)).status).toBe(404)
    expect((await other.get('/')).text).toBe('Hello, user u-c')
    expect((await visitor.post(`/devices/${id}/end`)).status).toBe(302)
    expect((await other.get('/')).text).toBe('Please sign in')
    expect((await agent().get('/devices')).status).toBe(401)
    expect((await agent().post('/devices/rubbish/end')).status).toBe(404)
  })

  test('logs out others, and everywhere', async () => {
    const { visitor } = await signedIn('e')
    const { visitor: other } = await signedIn('e')
    expect((await visitor.post('/logout-others')).body).toEqual({ ended: 1 })
    expect((await other.get('/')).text).toBe('Please sign in')
    await visitor.post('/logout-everywhere')
    expect((await visitor.get('/')).text).toBe('Please sign in')
  })

  test('tells a stream that its session has ended', async () => {
    const { visitor } = await signedIn('live')
    const { visitor: other } = await signedIn('live')
    const stream = visitor.get('/events').buffer(true).parse(asText)
    const ended = stream.then(({ body }) => body as string)
    await other.post('/logout-everywhere')
    expect(await ended).toBe(': open\n\nevent: signed-out\ndata:\n\n')
    const nobody = await agent().get('/events').buffer(true).parse(asText)
    expect(nobody.body).toContain('event: signed-out')
  })

  test('changes a password, and ends the others', async () => {
    const { visitor } = await signedIn('f')
    const { visitor: thief } = await signedIn('f')
    expect((await visitor.post('/password').send({ old: 'x', password: 'n' })).status).toBe(403)
    const changed = await visitor.post('/password').send({ old: 'old', password: 'old' })
    expect(changed.body).toEqual({ ended: 1 })
    expect((await visitor.get('/')).text).toBe('Hello, user u-f')
    expect((await thief.get('/')).text).toBe('Please sign in')
  })

  test('protects forms', async () => {
    const visitor = agent()
    const { text } = await visitor.get('/form')
    const csrf = /value="([^"]+)"/.exec(text)?.[1]
    expect((await visitor.post('/form').send({ csrf })).status).toBe(204)
    expect((await visitor.post('/form').send({ csrf: 'x' })).status).toBe(403)
    expect((await agent().post('/form').send({ csrf })).status).toBe(403)
  })

  test('remembers whom it is asked to', async () => {
    const cookie = async (remember: boolean) =>
      (await agent().post('/remember').send({ remember })).headers['set-cookie']?.[0]
    expect(await cookie(true)).toMatch(/expires=/)
    expect(await cookie(false)).not.toMatch(/expires=/)
  })

  test('counts', async () => {
    const visitor = agent()
    await visitor.post('/visit')
    expect((await visitor.post('/visit')).body).toEqual({ visits: 2 })
  })
})

test('the loop of version 3, and a write by id, still work', async () => {
  const client = new Redis(inject('redisUrl'))
  clients.push(client)
  const Session = api.sessions(new Koa(), { client, prefix: 'moving', references: { user_id: {} } })
  const id = Session.store.createSessionId()
  await Session.store.set(id, { user_id: 1 })
  const [loop, write] = readBlocks('docs/moving-from-3.md')
  await run(write!.code, { Session, client, id })
  expect(await Session.store.get(id)).toEqual({ user_id: '1', name: 'x' })
  await run(loop!.code, { Session, client })
  expect(await Session.store.get(id)).toEqual({})
  expect(await Session.count('user_id', 1)).toBe(0)
})

describe('typed sessions', () => {
  const [listen, evolve, inPlace] = readBlocks('docs/typed-sessions.md')
  const { field } = api

  test('a new kind of field beside the old one, with old and new servers on one store', async () => {
    const client = new Redis(inject('redisUrl'), { keyPrefix: 'typed:' })
    clients.push(client)
    const code = `${evolve!.code}\nreturn { Session, getPlan, setPlan }`
    type Made = {
      Session: api.SessionMiddleware
      getPlan(session: api.Session): Promise<unknown>
      setPlan(session: api.Session, plan: object): Promise<void>
    }
    const made = (await run(code, { app: new Koa(), client, require })) as Made
    const older = api.sessions(new Koa(), { client, fields: { plan: field.string() } })
    const serve = async <F extends api.Fields | undefined>(
      Session: api.SessionMiddleware<F>,
      page: (session: api.Session<F>) => Promise<unknown>,
    ): Promise<unknown> => {
      const app = new Koa()
      app.use(Session).use(async (ctx) => {
        ctx.body = { value: await page(ctx.session) }
      })
      const server = app.callback()
      const sent = cookie === undefined ? {} : { cookie }
      const { body, headers } = await request(server).get('/').set(sent).expect(200)
      cookie = /^[^;]+/.exec(headers['set-cookie']?.[0] ?? '')?.[0] ?? cookie
      return (body as { value?: unknown }).value
    }
    let cookie: string | undefined
    const read = () => serve(made.Session, made.getPlan)

    expect(await read()).toBeUndefined()
    await serve(older, (session) => session.set({ plan: 'pro' }))
    expect(await read()).toEqual({ name: 'pro', seats: 1 })
    await serve(made.Session, (session) => made.setPlan(session, { name: 'pro', seats: 5 }))
    expect(await read()).toEqual({ name: 'pro', seats: 5 })
    expect(await serve(older, async (session) => (await session.get()).plan)).toBe('pro')
    await serve(older, (session) => session.set({ plan: 'free' }))
    expect(await read()).toEqual({ name: 'free', seats: 1 })
    await serve(made.Session, (session) => made.setPlan(session, { name: 'team', seats: 9 }))
    await serve(older, (session) => session.unset('plan'))
    expect(await read()).toBeUndefined()
  })

  test('a kind that reads the old texts, and what does not decode is told', async () => {
    const plan = (await run(`${inPlace!.code}\nreturn plan`, { require })) as api.Field
    expect(plan.decode('pro')).toEqual({ name: 'pro', seats: 1 })
    expect(plan.decode(plan.encode({ name: 'x', seats: 2 } as never))).toEqual({
      name: 'x',
      seats: 2,
    })
    const warned: unknown[] = []
    await run(listen!.code, {
      require: load,
      console: { warn: (text: string) => warned.push(text) },
    })
    const store = new api.MemoryStore()
    const id = api.sessions(new Koa(), { store }).store.createSessionId()
    await api.sessions(new Koa(), { store }).store.set(id, { n: 'x' })
    const typed = api.sessions(new Koa(), { store, fields: { n: field.number() } })
    expect(await typed.store.get(id)).toEqual({})
    expect(warned).toEqual([`session ${id}: n does not decode`])
  })

  test('another language finds the secret’s hash where the guide says', async () => {
    const { cookie, secret } = await new Promise<{ cookie: string; secret: string }>((resolve) => {
      const client = new Redis(inject('redisUrl'), { keyPrefix: 'other:' })
      clients.push(client)
      const app = new Koa()
      app.use(api.sessions(app, { client })).use(async (ctx) => {
        await ctx.session.set({ a: 1 })
        const [sent = ''] = [ctx.response.get('set-cookie')].flat()
        const hash = await client.hget(ctx.session.getKey()!, '$secret')
        ctx.status = 204
        resolve({ cookie: /=([^;]+)/.exec(sent)![1]!, secret: hash! })
      })
      void request(app.callback()).get('/').end()
    })
    const [id, rest] = cookie.split('.') as [string, string]
    expect(id).toHaveLength(20)
    const digest = createHash('sha256').update(rest).digest().subarray(0, 16)
    expect(digest.toString('base64url')).toBe(secret)
  })
})

test('every option stands in the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const source = readFileSync(new URL('../../src/options.ts', import.meta.url), 'utf8')
  const names = [...source.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(15)
  for (const name of names) expect(readme).toContain(`\`${name}\``)
})

test.each([
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/moving-from-3.md',
  'docs/redis.md',
  'docs/typed-sessions.md',
  'docs/admin.md',
])('links of %s lead somewhere', (page) => {
  const url = new URL(`../../${page}`, import.meta.url)
  const targets = /(?:\]\(|\bsrc(?:set)?=")([^)"#:]+)[)"]/g
  for (const [, target] of readFileSync(url, 'utf8').matchAll(targets)) {
    expect(existsSync(new URL(target!, url)), target).toBe(true)
  }
})
