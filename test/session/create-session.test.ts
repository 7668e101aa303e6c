/** `Session.createSession`: for requests that do not pass the middleware. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { MemoryStore, sessions } from '../../src/index.js'

test('it gives one session of a request, with the middleware and without', async () => {
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
