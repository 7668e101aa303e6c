import { once } from 'node:events'
import { createServer } from 'node:http'
import { PassThrough } from 'node:stream'
import Koa from 'koa'
import sessions from 'koa-redis-session-sets'
import { Visitor } from './visitor.mjs'

/** The start of this check's keys. */
export const prefix = `runtimes-${process.pid}-${Date.now()}`

/** Starts an application with sessions; `stop` ends it, so that nothing keeps the process alive. */
export async function startSite(options) {
  const app = new Koa()
  app.silent = true
  const Session = sessions(app, { references: { user_id: {} }, prefix, ...options })
  app.use(Session).use(async (ctx) => {
    const [, name, value] = ctx.path.split('/')
    if (name === '') {
      ctx.body = await ctx.session.peek()
    } else if (name === 'live') {
      ctx.body = follow(ctx.session.signal)
    } else {
      ctx.status = 204
      if (name === 'sign-in') await ctx.session.signIn({ user_id: value })
      if (name === 'set') await ctx.session.set({ [value]: 'yes' })
      if (name === 'sign-out') await ctx.session.delete()
    }
  })
  return { Session, ...(await listen(app.callback(), () => Session.close())) }
}

/** Starts a server; resolves to its visitors and to what ends it. */
export async function listen(handler, close) {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  return {
    visitor: () => new Visitor(url),
    async stop() {
      await close()
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A stream that says when its session has ended. */
function follow(signal) {
  const stream = new PassThrough()
  const end = () => stream.end(signal.reason.code)
  stream.write('open\n')
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return stream
}
