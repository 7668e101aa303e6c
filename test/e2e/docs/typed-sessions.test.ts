/** The code of docs/guide/typed-sessions.md is run here. */
import { createHash } from 'node:crypto'
import type { Router } from '@koa/router'
import Koa from 'koa'
import request from 'supertest'
import { expect, test } from 'vitest'
import * as api from '../../../src/index.js'
import { readSections, run } from './blocks.js'
import { connect, requireFor } from './site.js'

const sections = readSections('docs/guide/typed-sessions.md')
const { field } = api

/** Runs the code under a heading, with names of its own in `scope`. */
function runSection(heading: string, returned: string, scope: object = {}): Promise<unknown> {
  const code = `${sections.get(heading)!}\nreturn { ${returned} }`
  return run(code, { require: requireFor('docs-typed:'), ...scope })
}

test('fields come back as what they were declared', async () => {
  const made = (await runSection('Typed sessions', 'app, Session, router')) as {
    app: Koa
    Session: api.SessionMiddleware
    router: Router
  }
  expect((await request(made.app.callback()).get('/')).body).toEqual({ items: 0 })
  const id = made.Session.store.createSessionId()
  await made.Session.store.set(id, { user_id: 7 })
  expect(await made.Session.store.get(id)).toEqual({ id, user_id: 7, admin: false, cart: [] })
  expect(made.router.routes()).toBeTypeOf('function')
})

type Changing = {
  Session: api.SessionMiddleware
  getPlan(session: api.Session): Promise<unknown>
  setPlan(session: api.Session, plan: object): Promise<void>
  inPlace: api.Field
}
const CHANGING = 'Changing the kind of a field while old sessions live'

test('a new kind of field beside the old one, with old and new servers on one store', async () => {
  const client = connect('docs-typed:')
  const scope = { app: new Koa(), client }
  const made = (await runSection(CHANGING, 'Session, getPlan, setPlan', scope)) as Changing
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
  expect(await read()).toEqual({ name: 'pro', users: 1 })
  await serve(made.Session, (session) => made.setPlan(session, { name: 'pro', users: 5 }))
  expect(await read()).toEqual({ name: 'pro', users: 5 })
  expect(await serve(older, async (session) => (await session.get()).plan)).toBe('pro')
  await serve(older, (session) => session.set({ plan: 'free' }))
  expect(await read()).toEqual({ name: 'free', users: 1 })
  await serve(made.Session, (session) => made.setPlan(session, { name: 'team', users: 9 }))
  await serve(older, (session) => session.unset('plan'))
  expect(await read()).toBeUndefined()
})

test('a kind that reads the old strings', async () => {
  const scope = { app: new Koa(), client: connect('docs-typed:') }
  const { inPlace } = (await runSection(CHANGING, 'inPlace', scope)) as Changing
  expect(inPlace.decode('pro')).toEqual({ name: 'pro', users: 1 })
  const encoded = inPlace.encode({ name: 'x', users: 2 } as never)
  expect(inPlace.decode(encoded)).toEqual({ name: 'x', users: 2 })
})

test('a string that does not decode is reported', async () => {
  const warned: unknown[] = []
  const console = { warn: (text: string) => warned.push(text) }
  await runSection('From untyped to typed', '', { console })
  const store = new api.MemoryStore()
  const id = api.sessions(new Koa(), { store }).store.createSessionId()
  await api.sessions(new Koa(), { store }).store.set(id, { n: 'x' })
  const typed = api.sessions(new Koa(), { store, fields: { n: field.number() } })
  expect(await typed.store.get(id)).toEqual({ id })
  expect(warned).toEqual([`session ${id}: n does not decode`])
})

test('another language finds the secret’s hash where the guide says', async () => {
  const { cookie, secret } = await new Promise<{ cookie: string; secret: string }>((resolve) => {
    const client = connect('other:')
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
