import type { RequestListener } from 'node:http'
import Koa from 'koa'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { fromVersion3 } from '../../../src/adopt/index.js'
import { sessions } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { describeMove, KEYS, unreachable } from './moving.js'
import { read, signIn, signOut, type Version3 } from './version-3.js'

const HOUR = 3_600_000

function createOld() {
  const options: Version3 = {
    client: redis(),
    prefix: `three-${createId()}`,
    references: { user: {}, org: {} },
    maxAge: HOUR,
  }
  const app = new Koa()
  app.keys = KEYS
  app.use(async (ctx) => {
    const [, path, user = ''] = ctx.path.split('/')
    if (path === 'login') {
      await signIn(ctx, options, { user: decodeURI(user) })
      ctx.body = decodeURI(user)
    } else {
      if (path === 'logout') await signOut(ctx, options)
      ctx.body = (await read(ctx, options))['user'] ?? 'nobody'
    }
  })
  const listener: RequestListener = (req, res) => void app.callback()(req, res)
  return { app: listener, options }
}

describeMove('version 3', { stored: true }, async () => {
  const { app, options } = createOld()
  const down = unreachable()
  return {
    app,
    key: 'session-id',
    // Their hashes; they leave their sets, too.
    countStored: async () => (await redis().keys(`${options.prefix}:{*`)).length,
    adopt: (own) => fromVersion3(options, own),
    adoptFromDown: (own) => fromVersion3({ ...options, client: down }, own),
    close: () => down.disconnect(),
  }
})

describe('fromVersion3', () => {
  const values = ({ user }: { user?: string }) => user && { user_id: user }

  test('takes the id out of its sets', async () => {
    const { app: old, options } = createOld()
    const login = await request(old).get('/login/seven')
    const set = `${options.prefix}:user:{seven}`
    expect(await redis().scard(set)).toBe(1)
    const app = new Koa()
    app.keys = KEYS
    const Session = sessions(app, {
      client: redis(),
      prefix: `moved-${createId()}`,
      references: { user_id: {} },
      adopt: fromVersion3(options, { values }),
    })
    app.use(Session).use(async (ctx) => {
      ctx.body = await ctx.session.get()
    })
    const cookie = login.get('Set-Cookie')?.map((one) => one.split(';')[0]!) ?? []
    const answer = await request(app.callback()).get('/').set('Cookie', cookie)
    expect(answer.body).toEqual({ id: expect.stringMatching(/^zzzz/), user_id: 'seven' })
    expect(await redis().exists(set)).toBe(0)
    // Both versions name their cookie alike: the new one is not cleared with the old one.
    expect(answer.get('Set-Cookie')).toEqual([expect.stringMatching(/^session-id=zzzz/)])
  })

  test.each<[string, object, object, RegExp]>([
    ['no client', {}, { values }, /client/],
    ['unsigned cookies', { client: redis(), signed: false }, { values }, /allowUnsigned/],
  ])('refuses %s at the start', (_, oldOptions, options, message) => {
    expect(() => fromVersion3(oldOptions as never, options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_OPTIONS',
        message: expect.stringMatching(message),
      }),
    )
  })

  test('an id of version 4, which is public, opens nothing where cookies need no signature', async () => {
    const prefix = `same-${createId()}`
    const app = new Koa()
    const Session = sessions(app, {
      client: redis(),
      prefix,
      adopt: fromVersion3(
        { client: redis(), prefix, signed: false },
        {
          values: ({ user_id }: { user_id?: string }) => user_id && { user_id },
          allowUnsigned: true,
        },
      ),
    })
    app.use(Session).use(async (ctx) => {
      ctx.body = await ctx.session.peek()
    })
    const { id } = await Session.createCookie({ user_id: 'victim' })
    const answer = await request(app.callback())
      .get('/')
      .set('Cookie', [`session-id=${id}`])
    expect(answer.body).toEqual({})
    expect(await Session.store.get(id)).toMatchObject({ user_id: 'victim' })
  })

  test('a client whose replies were changed is a 503', async () => {
    const { app: old, options } = createOld()
    const login = await request(old).get('/login/changed')
    const client = Object.assign(Object.create(redis()), { hgetall: async () => [] })
    const app = new Koa()
    app.keys = KEYS
    app.silent = true
    const prefix = `moved-${createId()}`
    app
      .use(
        sessions(app, {
          client: redis(),
          prefix,
          adopt: fromVersion3({ ...options, client }, { values }),
        }),
      )
      .use(async (ctx) => {
        ctx.body = await ctx.session.get()
      })
    const cookie = login.get('Set-Cookie')?.map((one) => one.split(';')[0]!) ?? []
    expect((await request(app.callback()).get('/').set('Cookie', cookie)).status).toBe(503)
  })
})
