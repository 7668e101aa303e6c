/** Cookies for TLS only: behind proxies, over HTTP/2, in mounted apps. */
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import Koa, { type Middleware } from 'koa'
import supertest from 'supertest'
import { expect, test } from 'vitest'
import { MemoryStore, sessions } from '../../../src/index.js'
import { createSite } from '../../support/http-app.js'
import { run } from '../../support/run.js'

const require = createRequire(import.meta.url)
const mount = require('koa-mount') as (prefix: string, app: Koa) => Middleware

test('ctx.cookies.secure = true is respected behind a proxy that sends no X-Forwarded-Proto', async () => {
  const site = createSite({ secure: true })
  const browser = site.browser()
  const first = await browser.visit(async (session, ctx) => {
    Object.assign(ctx.cookies, { secure: true })
    await session.set({ user_id: 7 })
  })
  expect(first.error).toBeUndefined()
  expect(first.setCookies).toEqual([expect.stringMatching(/^__Host-session-id=.*; secure/)])
  const { error, setCookies } = await browser.visit(async (session, ctx) => {
    Object.assign(ctx.cookies, { secure: true })
    await session.delete()
  })
  expect({ error, setCookies }).toEqual({
    error: undefined,
    setCookies: [expect.stringMatching(/^__Host-session-id=;/)],
  })
})

test('ctx.cookies.secure = false over TLS is refused by name, before anything is stored', async () => {
  const site = createSite({ secure: true })
  site.app.proxy = true
  const browser = site.browser()
  browser.headers['x-forwarded-proto'] = 'https'
  const { error } = await browser.visit(async (session, ctx) => {
    Object.assign(ctx.cookies, { secure: false })
    await session.set({ user_id: 'insecure' })
  })
  expect(error).toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
  expect(await site.Session.count('user_id', 'insecure')).toBe(0)
})

/** A key and a certificate for it. */
async function createCertificate(): Promise<{ key: string; cert: string }> {
  const args = 'req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost'
  const pem = await run('openssl', [...args.split(' '), '-keyout', '-'], { cwd: '.' })
  return { key: pem, cert: pem }
}

test('over HTTP/2, a write of a client that has gone does not fail', async () => {
  const app = new Koa()
  const Session = sessions(app, {
    store: new MemoryStore(),
    references: { user_id: {} },
    secure: true,
  })
  const outcome = new Promise((resolve, reject) => {
    app.on('error', reject)
    app.use(Session).use(async (ctx) => {
      expect(ctx.secure).toBe(true)
      const { stream } = ctx.res as unknown as http2.Http2ServerResponse
      await once(stream, 'close')
      // This is what Koa makes of it.
      expect(ctx.secure).toBe(false)
      await ctx.session.set({ user_id: 7 })
      await ctx.session.set({ a: 1 }, '1 day')
      resolve(await ctx.session.peek())
      await ctx.session.delete()
    })
  })
  const callback = app.callback()
  const server = http2.createSecureServer(await createCertificate(), (req, res) => {
    void callback(req, res)
  })
  server.listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = http2.connect(`https://localhost:${port}`, { rejectUnauthorized: false })
  const request = client.request({ ':path': '/' })
  await once(server, 'stream')
  request.close(http2.constants.NGHTTP2_CANCEL)
  expect(await outcome).toMatchObject({ user_id: '7', a: '1' })
  client.close()
  server.close()
})

test('signed in a mounted app: the error says whose keys count', async () => {
  const outer = new Koa()
  const inner = new Koa()
  const errors: Error[] = []
  inner.keys = ['set']
  outer.on('error', (error) => errors.push(error))
  const Session = sessions(inner, { store: new MemoryStore(), signed: true })
  inner.use(Session).use(async (ctx) => {
    await ctx.session.set({ a: 1 })
    ctx.body = await ctx.session.peek('a')
  })
  outer.use(mount('/inner', inner))
  await supertest(outer.callback()).get('/inner')
  expect(errors).toEqual([
    expect.objectContaining({
      code: 'ERR_SESSION_OPTIONS',
      message: expect.stringMatching(/mounted app/),
    }),
  ])
  outer.keys = ['outer']
  expect((await supertest(outer.callback()).get('/inner')).body).toMatchObject({ a: '1' })
})

test.each(['__Http-x', '__http-x', '__Host-Http-x', '__HOST-HTTP-x'])(
  'the name %s needs secure and httpOnly, as browsers do',
  (key) => {
    const refused = expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' })
    expect(() => createSite({ key })).toThrow(refused)
    expect(() => createSite({ key, secure: true, httpOnly: false })).toThrow(refused)
    expect(() => createSite({ key, secure: true })).not.toThrow()
    if (/host/i.test(key)) {
      expect(() => createSite({ key, secure: true, path: '/app' })).toThrow(refused)
    } else {
      expect(() => createSite({ key, secure: true, path: '/app' })).not.toThrow()
    }
  },
)
