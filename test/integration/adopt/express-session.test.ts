import { RedisStore } from 'connect-redis'
import express from 'express'
import expressSession from 'express-session'
import { createClient } from 'redis'
import request from 'supertest'
import { describe, expect, inject, test } from 'vitest'
import { fromExpressSession } from '../../../src/adopt/index.js'
import { sessions } from '../../../src/node/index.js'
import { createId } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { describeMove } from './moving.js'

declare module 'express-session' {
  interface SessionData {
    user: string
  }
}

/** A store of connect-redis, and the application that uses it. */
async function createOld(cookie: object = {}) {
  const prefix = `express-${createId()}:`
  const client = createClient({ url: inject('redisUrl') })
  await client.connect()
  const options = {
    store: new RedisStore({ client, prefix }),
    secret: ['new secret', 'old secret'],
    resave: false,
    saveUninitialized: false,
    cookie,
  }
  const app = express()
  app.use(expressSession(options))
  app.use((req, res, next) => {
    const [, path, user] = req.path.split('/')
    if (path === 'login') req.session.user = decodeURI(user ?? '')
    if (path === 'logout') {
      return req.session.destroy((error) => {
        if (error) next(error)
        else res.clearCookie('connect.sid').send('nobody')
      })
    }
    res.send(req.session.user ?? 'nobody')
  })
  return { app, client, prefix, options }
}

describe.each([
  ['until the browser closes', {}],
  ['for an hour', { maxAge: 3_600_000 }],
])('a cookie %s', (_, cookie) => {
  describeMove('express-session and connect-redis', { stored: true }, async () => {
    const { app, client, prefix, options } = await createOld(cookie)
    const down = createClient({ socket: { port: 1, reconnectStrategy: false } })
    down.on('error', () => {})
    const store = new RedisStore({ client: down, prefix })
    return {
      app,
      key: 'connect.sid',
      countStored: async () => (await redis().keys(`${prefix}*`)).length,
      adopt: (own) => fromExpressSession(options, own),
      adoptFromDown: (own) => fromExpressSession({ ...options, store }, own),
      close: () => client.destroy(),
    }
  })
})

test('an application that stays with Express keeps its users signed in', async () => {
  const { app: old, client, options } = await createOld()
  const login = await request(old).get('/login/staying')
  const Session = sessions({
    client: redis(),
    references: { user_id: {} },
    prefix: `staying-${createId()}`,
    adopt: fromExpressSession(options, {
      values: ({ user }: { user?: string }) => user && { user_id: user },
    }),
  })
  const app = express()
  app.use(async (req, res) => {
    res.send((await Session.for(req, res).peek())['user_id'] ?? 'nobody')
  })
  const cookie = login.get('Set-Cookie')?.map((one) => one.split(';')[0]!) ?? []
  const answer = await request(app).get('/').set('Cookie', cookie)
  expect(answer.text).toBe('staying')
  expect(answer.get('Set-Cookie')).toEqual([
    expect.stringMatching(/^session-id=zzzz/),
    expect.stringMatching(/^connect\.sid=;/),
  ])
  expect(await Session.count('user_id', 'staying')).toBe(1)
  client.destroy()
})

describe('fromExpressSession', () => {
  const values = () => ({ user_id: '1' })
  const store = { get() {}, destroy() {} }

  test.each<[string, object, object, RegExp]>([
    ['no store', { secret: 'x' }, { values }, /store/],
    ['no secret', { store }, { values }, /secret/],
    ['an empty secret', { store, secret: '' }, { values }, /secret/],
    ['an empty list of secrets', { store, secret: [] }, { values }, /secret/],
  ])('refuses %s at the start', (_, oldOptions, options, message) => {
    expect(() => fromExpressSession(oldOptions as never, options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_OPTIONS',
        message: expect.stringMatching(message),
      }),
    )
  })
})
