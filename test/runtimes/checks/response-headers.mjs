// However a response is written, it has the new cookie, and no shared cache may store it.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import Koa from 'koa'
import sessions, { MemoryStore } from 'koa-redis-session-sets'
import { listen } from '../lib/site.mjs'

const raw = (write) => (ctx) => {
  ctx.respond = false
  ctx.res.statusCode = 200
  write(ctx.res)
}
const PAGES = {
  text: (ctx) => (ctx.body = 'text'),
  'no-body': (ctx) => (ctx.status = 204),
  stream: (ctx) => (ctx.body = new PassThrough().end('x')),
  'set-cookie': (ctx) => (ctx.body = ctx.set('Set-Cookie', 'a=1')),
  remove: (ctx) => (ctx.body = ctx.remove('Set-Cookie')),
  public: (ctx) => (ctx.body = ctx.set('Cache-Control', 'public')),
  error: (ctx) => ctx.throw(403),
  end: raw((res) => res.end('x')),
  write: raw((res) => res.write('x') && res.end()),
  'flush-headers': raw((res) => res.end(res.flushHeaders())),
  'write-head': raw((res) => res.writeHead(200, { 'Set-Cookie': 'a=1' }).end('x')),
}

const app = new Koa()
app.silent = true
const Session = sessions(app, { store: new MemoryStore(), references: { user_id: {} } })
app.use(Session).use(async (ctx) => {
  await ctx.session.signIn({ user_id: 7 })
  await PAGES[ctx.path.slice(1)](ctx)
})
const site = await listen(app.callback(), () => Session.close())
const wrong = []
for (const page of Object.keys(PAGES)) {
  const { headers, body } = await site.visitor().fetch(`/${page}`)
  await body?.cancel()
  const cookie = headers.getSetCookie().some((one) => one.startsWith('session-id='))
  const caching = headers.get('cache-control')
  if (!cookie) wrong.push(`${page}: no cookie`)
  if (!/^(private|no-store)$/.test(caching)) wrong.push(`${page}: Cache-Control is ${caching}`)
}
await site.stop()
assert.deepEqual(wrong, [])
