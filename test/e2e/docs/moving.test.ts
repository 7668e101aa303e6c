/** The code of docs/guide/moving*.md is run here, with the real libraries of before. */
import { createRequire } from 'node:module'
import expressSession from 'express-session'
import Koa from 'koa'
import koaGenericSession from 'koa-generic-session'
import koaRedis from 'koa-redis'
import koaSession from 'koa-session'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import * as adopt from '../../../src/adopt/index.js'
import { sessions } from '../../../src/index.js'
import * as node from '../../../src/node/index.js'
import { createId } from '../../../src/store/token.js'
import { signIn } from '../../integration/adopt/version-3.js'
import { readSections, run } from './blocks.js'
import { connect, requireFor } from './site.js'

const load = createRequire(import.meta.url)
const KEYS = ['the keys of before']

/** Runs the code of a page; resolves to what a visitor with these cookies is told who to be. */
async function visitNew(page: string, heading: string, prefix: string, cookies: string[]) {
  const own = requireFor(prefix)
  const packages: Record<string, unknown> = {
    'koa-redis-session-sets/adopt': adopt,
    'koa-redis-session-sets/node': node,
  }
  const require = (name: string): unknown => packages[name] ?? own(name)
  const code = readSections(`docs/guide/${page}.md`).get(heading)
  const { app, Session } = (await run(`${code}\nreturn { app, Session }`, { require })) as {
    app: Koa
    Session: { count(field: string, value: string): Promise<number> }
  }
  if (app instanceof Koa) {
    app.use(async (ctx) => {
      ctx.body = await ctx['session'].peek('user_id')
    })
  }
  const listener = app instanceof Koa ? app.callback() : app
  const answers = await Promise.all(
    [1, 2, 3].map(() => request(listener).get('/me').set('Cookie', cookies)),
  )
  expect(await Session.count('user_id', '7')).toBe(1)
  return answers.map(({ body }) => (body as { user_id: string }).user_id)
}

const cookiesOf = (answer: request.Response): string[] =>
  answer.get('Set-Cookie')?.map((one) => one.split(';', 1)[0]!) ?? []

function koaApp(use: (app: Koa) => Koa): ReturnType<Koa['callback']> {
  const app = new Koa()
  app.keys = KEYS
  return use(app)
    .use(async (ctx) => {
      ctx['session'].user = '7'
      ctx.body = 'signed in'
    })
    .callback()
}

const SEVENS = ['7', '7', '7']

describe('docs/guide', () => {
  test('moving-from-koa-session', async () => {
    const old = koaApp((app) => app.use(koaSession({}, app)))
    const cookies = cookiesOf(await request(old).get('/'))
    const prefix = `docs-${createId()}:`
    const page = 'moving-from-koa-session'
    expect(await visitNew(page, 'Moving from koa-session', prefix, cookies)).toEqual(SEVENS)
  })

  test('moving-from-koa-generic-session', async () => {
    const prefix = `docs-${createId()}:`
    const store = koaRedis({ client: connect(prefix) })
    const old = koaApp((app) => app.use(koaGenericSession({ store })))
    const cookies = cookiesOf(await request(old).get('/'))
    const page = 'moving-from-koa-generic-session'
    const heading = 'Moving from koa-generic-session and koa-redis'
    expect(await visitNew(page, heading, prefix, cookies)).toEqual(SEVENS)
  })

  test('moving-from-express-session', async () => {
    const prefix = `docs-${createId()}:`
    const { RedisStore } = load('connect-redis') as typeof import('connect-redis')
    const express = load('express') as typeof import('express')
    const client = (requireFor(prefix)('redis') as typeof import('redis')).createClient()
    await client.connect()
    const old = express()
    old.use(
      expressSession({
        store: new RedisStore({ client }),
        secret: ['the secret of before'],
        resave: false,
        saveUninitialized: false,
      }),
    )
    old.get('/', (req, res) => {
      Object.assign(req.session, { user: '7' })
      res.send('signed in')
    })
    const cookies = cookiesOf(await request(old).get('/'))
    const page = 'moving-from-express-session'
    const heading = 'Moving from express-session and connect-redis'
    expect(await visitNew(page, heading, prefix, cookies)).toEqual(SEVENS)
  })

  test('moving-from-3', async () => {
    const prefix = `docs-${createId()}:`
    const app = new Koa()
    app.keys = KEYS
    const options = {
      client: connect(prefix),
      prefix: '',
      references: { user_id: {} },
      maxAge: 60_000,
    }
    app.use(async (ctx) => {
      await signIn(ctx, options, { user_id: '7' })
      ctx.body = 'signed in'
    })
    const cookies = cookiesOf(await request(app.callback()).get('/'))
    expect(await visitNew('moving-from-3', 'Staying signed in', prefix, cookies)).toEqual(SEVENS)
    expect(await options.client.keys('*')).not.toContainEqual(expect.stringMatching(/^:/))
  })

  test('moving: any other library', async () => {
    const prefix = `docs-${createId()}:`
    await connect(prefix).set('old:the-id', '7')
    const app = new Koa()
    app.keys = KEYS
    app.use(async (ctx) => {
      ctx.cookies.set('old', 'the-id', { signed: true })
      ctx.body = 'signed in'
    })
    const cookies = cookiesOf(await request(app.callback()).get('/'))
    expect(await visitNew('moving', 'Any other library', prefix, cookies)).toEqual(SEVENS)
    expect(await connect(prefix).exists('old:the-id')).toBe(0)
  })
})

test('the loop of version 3, and a write by id, still work', async () => {
  const client = connect('')
  const Session = sessions(new Koa(), { client, prefix: 'moving', references: { user_id: {} } })
  const id = Session.store.createSessionId()
  await Session.store.set(id, { user_id: 1 })
  const sections = readSections('docs/guide/moving-from-3.md')
  await run(sections.get('Writing by id')!, { Session, client, id })
  expect(await Session.store.get(id)).toEqual({ id, user_id: '1', name: 'x' })
  await run(sections.get('What still works')!, { Session, client })
  expect(await Session.store.get(id)).toEqual({})
  expect(await Session.count('user_id', 1)).toBe(0)
})
