'use strict'

// Server-sent events (/events) and a WebSocket (/socket) that report the end of the session.

const fs = require('node:fs')
const { ServerResponse } = require('node:http')
const path = require('node:path')
const { PassThrough } = require('node:stream')
const Koa = require('koa')
const sessions = require('koa-redis-session-sets')
const { WebSocketServer } = require('ws')

const PAGE = fs.readFileSync(path.join(__dirname, 'page.html'), 'utf8')

function createApp(storage = {}) {
  const app = new Koa()
  const Session = sessions(app, { ...storage, references: { user_id: {} } })
  const sockets = new WebSocketServer({ noServer: true })

  app.use(Session)
  app.use(async (ctx) => {
    if (ctx.path === '/events') return events(ctx)
    if (ctx.path === '/sign-in') {
      // A real application checks a password.
      await ctx.session.signIn({ user_id: 'guest' })
      ctx.body = PAGE
    } else if (ctx.path === '/sign-out-everywhere') {
      ctx.body = { ended: await Session.revokeAll('user_id', 'guest') }
    } else ctx.redirect('/sign-in')
  })

  /** For the server's `upgrade` event. */
  function upgrade(request, socket, head) {
    const ctx = app.createContext(request, new ServerResponse(request))
    const { signal } = Session.createSession(ctx)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const close = () => {
        const ended = signal.reason.code === 'ERR_SESSION_REVOKED'
        if (ended) webSocket.close(4401, 'signed out')
        // 1012 Service Restart: the client reconnects.
        else webSocket.close(1012)
      }
      if (signal.aborted) close()
      else signal.addEventListener('abort', close, { once: true })
    })
  }

  return { app, Session, upgrade }
}

function events(ctx) {
  const { signal } = ctx.session
  const stream = new PassThrough()
  stream.write('retry: 1000\n\n')
  const close = () => {
    const ended = signal.reason.code === 'ERR_SESSION_REVOKED'
    // Otherwise the browser reconnects.
    stream.end(ended ? 'event: signed-out\ndata:\n\n' : '')
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
  ctx.type = 'text/event-stream'
  ctx.set('Cache-Control', 'no-store')
  ctx.body = stream
}

module.exports = { createApp }
