'use strict'

// Puts the application together. Sessions are kept where `storage` says: { client } or { store }.

const Koa = require('koa')
const { bodyParser } = require('@koa/bodyparser')
const sessions = require('koa-redis-session-sets')
const { errorPage } = require('./pages.js')
const { createRouter } = require('./routes.js')

// The library's own default. Named here because the routes look at this cookie too.
const COOKIE = 'session-id'

function createApp(storage = {}) {
  const app = new Koa()
  // `references` is what makes the sessions of one user findable.
  const Session = sessions(app, { ...storage, key: COOKIE, references: { user_id: {} } })
  const router = createRouter(Session, COOKIE)

  app.use(headers)
  app.use(errors)
  app.use(bodyParser({ enableTypes: ['form'], formLimit: '8kb' }))
  app.use(Session)
  app.use(router.routes())
  app.use(router.allowedMethods())
  return { app, Session }
}

const CONTENT_SECURITY_POLICY = [
  `default-src 'none'`,
  `style-src 'self'`,
  `form-action 'self'`,
  `base-uri 'none'`,
  `frame-ancestors 'none'`,
].join('; ')

async function headers(ctx, next) {
  ctx.set('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.set('Referrer-Policy', 'same-origin')
  // A page with someone's devices must not come back from a cache after they signed out.
  ctx.set('Cache-Control', 'no-store')
  await next()
}

// Koa would answer with a line of plain text. The errors of the session library carry the status
// they should have (401 if the session has ended, 503 if Redis does not answer).
async function errors(ctx, next) {
  try {
    await next()
    if (ctx.status >= 400 && ctx.body == null) show(ctx, ctx.status)
  } catch (error) {
    const status = error.status >= 400 && error.status < 600 ? error.status : 500
    show(ctx, status, error.code)
    if (error.code === 'ERR_SESSION_STORE') console.error(`${error.code}: ${error.message}`)
    else if (status >= 500) ctx.app.emit('error', error, ctx)
  }
}

function show(ctx, status, code) {
  ctx.status = status
  ctx.type = 'html'
  if (status === 503) ctx.set('Retry-After', '5')
  ctx.body = String(errorPage(status, code))
}

module.exports = { createApp }
