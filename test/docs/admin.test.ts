/** The code of docs/admin.md is run here, and used. */
import Koa from 'koa'
import request from 'supertest'
import { expect, test } from 'vitest'
import * as pages from '../../src/admin/index.js'
import * as api from '../../src/index.js'
import { readBlocks, run } from './blocks.js'

const packages: Record<string, unknown> = {
  'koa-redis-session-sets': Object.assign(api.sessions, api),
  'koa-redis-session-sets/admin': pages,
  koa: Koa,
}

test('the page of the guide is there for an operator, and for nobody else', async () => {
  const [code] = readBlocks('docs/admin.md')
  const require = (name: string) => packages[name]
  const client = undefined
  const { app } = (await run(`${code!.code}\nreturn { app }`, { require, client })) as { app: Koa }
  app.use(async (ctx) => {
    if (ctx.path === '/sign-in') await ctx['session'].set(ctx.query)
  })
  const server = app.callback()
  expect((await request(server).get('/admin/')).status).toBe(404)
  const operator = request.agent(server)
  await operator.get('/sign-in?role=operator&user_id=7')
  const { status, text } = await operator.get('/admin/?field=user_id&value=7')
  expect(status).toBe(200)
  expect(text).toContain('Your session')
})
