/** `Session.createSession`: for requests that do not pass the middleware. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import supertest from 'supertest'
import { expect, test } from 'vitest'
import { MemoryStore, sessions } from '../../../src/index.js'

test('the cookies of two sessions are both kept when a page throws', async () => {
  const app = new Koa()
  const make = (key: string) =>
    sessions(app, { store: new MemoryStore(), references: { user_id: {} }, key })
  const both = [make('one'), make('two')]
  app.silent = true
  app.use(async (ctx) => {
    for (const Session of both) await Session.createSession(ctx).set({ user_id: 7 })
    throw new Error('after both')
  })
  const answer = await supertest(app.callback()).get('/')
  expect(answer.status).toBe(500)
  expect(answer.headers['set-cookie']).toEqual([
    expect.stringMatching(/^one=/),
    expect.stringMatching(/^two=/),
  ])
})

test('a request has one session, with the middleware and without', async () => {
  const app = new Koa()
  const Session = sessions(app, { store: new MemoryStore(), references: { user_id: {} } })
  const request = new IncomingMessage(new Socket())
  const ctx = app.createContext(request, new ServerResponse(request))
  await Session.createSession(ctx).set({ user_id: 7 })
  expect(await Session.createSession(ctx).get()).toMatchObject({ user_id: '7' })
  const session = Session.createSession(ctx)
  await Session(ctx as never, async () => {})
  expect(ctx['session']).toBe(session)
})
