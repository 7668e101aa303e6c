/** The code of docs/guide/admin.md is run here, and used. */
import type Koa from 'koa'
import request from 'supertest'
import { expect, test } from 'vitest'
import { readSections, run } from './blocks.js'
import { openSite, requireFor } from './site.js'

test('the page of the guide is there for an operator, and for nobody else', async () => {
  const code = readSections('docs/guide/admin.md').get("The operator's page")!
  const scope = { require: requireFor('docs-admin:') }
  const { app } = (await run(`${code}\nreturn { app }`, scope)) as { app: Koa }
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

test('the history comes from the application', async () => {
  const asked: unknown[] = []
  const findAuditRows = async (...query: unknown[]) => {
    asked.push(query)
    return [{ time: new Date(), name: 'ended', session: 'abc', by: 'owner' }]
  }
  const site = openSite('admin', {}, { findAuditRows })
  await site.runSection('History')
  const operator = await site.signedIn('7', { role: 'operator' })
  const { status, text } = await operator.get('/admin/history?field=user_id&value=7')
  expect(status).toBe(200)
  expect(text).toContain('Session abc')
  expect(text).toContain('owner')
  expect(asked).toEqual([['user_id', '7', undefined]])
})

test('names and formats are shown', async () => {
  const describeBrowser = (agent: string) => agent.split('/')[0]
  const site = openSite('admin', {}, { describeBrowser })
  await site.runSection('Names and formats')
  const operator = await site.signedIn('7', { role: 'operator', agent: 'Lynx/2.9' })
  const { text } = await operator.get('/admin/?field=user_id&value=7')
  expect(text).toMatch(/Account[\s\S]*Device[\s\S]*Address[\s\S]*Lynx</)
  expect(text).not.toContain('Lynx/')
})

test('recent activity comes from the application', async () => {
  const findLatestAuditRows = async () => [{ time: Date.now(), name: 'signed-in', user: '8' }]
  const site = openSite('admin', {}, { findLatestAuditRows })
  await site.runSection('Recent activity')
  const operator = await site.signedIn('7', { role: 'operator' })
  const { text } = await operator.get('/admin/')
  expect(text).toContain('href="./?field=user_id&#38;value=8"')
})
