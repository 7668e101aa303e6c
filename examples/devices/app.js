'use strict'

// Puts the application together. Sessions are in Redis if there is a client, else in memory.

const Koa = require('koa')
const { bodyParser } = require('@koa/bodyparser')
const { Router } = require('@koa/router')
const sessions = require('koa-redis-session-sets')
const { field, MemoryStore } = require('koa-redis-session-sets')
const { admin } = require('koa-redis-session-sets/admin')
const { createAccounts } = require('./accounts.js')
const { createEnded } = require('./ended.js')
const { errorPage } = require('./pages/error.js')
const { addDevices } = require('./routes/devices.js')
const { createChanges, addLive } = require('./routes/live.js')
const { addPassword } = require('./routes/password.js')
const { COOKIE, addSignIn } = require('./routes/sign-in.js')
const { addStatic } = require('./routes/static.js')
const { goHome, show, signedIn } = require('./routes/support.js')
const { createStorage } = require('./storage.js')

// `closing` is a signal that fires when the process is about to end; `look` says how often an open
// page's list of devices is looked at, ms.
function createApp({ client, closing, look = 1000 }) {
  const app = new Koa()
  const Session = sessions(app, {
    // With NODE_ENV=production the library refuses to keep sessions in memory unless it is told to.
    // This is an example, so it tells it to, and always starts. A real service passes a client.
    ...(client ? { client } : { store: new MemoryStore() }),
    key: COOKIE,
    // What makes the sessions of one account findable, and those of one address. A new address is no
    // reason to renew the session's secret.
    references: { user_id: {}, address: { rotate: false } },
    // The cookie ends with the browser, and the session a day after it was used last; for those who
    // want to be remembered, the sign-in gives a time of its own.
    persistent: false,
    maxAge: '1 day',
    fields: {
      user_id: field.string(),
      agent: field.string(),
      address: field.string(),
      signed_in: field.date(),
      seen: field.date(),
      note: field.string(),
      // Why the session before this one ended: the sign-in page says it, however often it is loaded.
      why: field.string(),
      // What the next page says, once; and what is wrong with the form that was sent.
      notice: field.string(),
      form: field.json(),
    },
  })
  const storage = createStorage(client)
  const accounts = createAccounts(storage)
  const parts = {
    Session,
    accounts,
    ended: createEnded(storage),
    changes: createChanges(),
    closing,
    look,
  }
  // The streams end by the same signal.
  closing.addEventListener('abort', () => void Session.close())

  app.on('error', (error) => {
    // Somebody has closed a page that was following what happens.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') app.onerror(error)
  })
  app.use(headers)
  app.use(createErrors(accounts))
  app.use(bodyParser({ enableTypes: ['form'], formLimit: '8kb' }))
  app.use(Session)
  app.use(beforeAdmin)
  app.use(
    admin(Session, {
      authorize: (ctx) => accounts.isOperator(ctx.state.session.user_id),
      path: '/admin',
      back: '/',
      // Not the note: it is private.
      fields: ['user_id', 'address', 'signed_in', 'seen', 'agent'],
    }),
  )
  const router = new Router()
  for (const add of [addStatic, addSignIn, addDevices, addPassword, addLive]) add(router, parts)
  app.use(router.routes()).use(router.allowedMethods())
  return app
}

const CONTENT_SECURITY_POLICY = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self'`,
  `connect-src 'self'`,
  `form-action 'self'`,
  `base-uri 'none'`,
  `frame-ancestors 'none'`,
].join('; ')

async function headers(ctx, next) {
  ctx.set('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.set('Referrer-Policy', 'same-origin')
  ctx.set('Cross-Origin-Opener-Policy', 'same-origin')
  // A page with someone's devices must not come back from a cache after they signed out.
  ctx.set('Cache-Control', 'no-store')
  await next()
}

// Work on the operator's page is activity too; and who is not signed in is asked to.
async function beforeAdmin(ctx, next) {
  return /^\/admin(\/|$)/.test(ctx.path) ? signedIn(ctx, next) : next()
}

// Koa would answer with a line of plain text. The errors of the session library carry the status
// they should have (503 if Redis does not answer).
function createErrors(accounts) {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status < 400 || ctx.body != null) return
      // The address of a form, which somebody has typed or gone back to.
      if (ctx.status === 405 && ctx.method === 'GET') return goHome(ctx)
      await showError(ctx, ctx.status)
    } catch (error) {
      // It ended while this request was under way: the sign-in page says why.
      if (error.code === 'ERR_SESSION_REVOKED') return goHome(ctx)
      const status = error.status >= 400 && error.status < 600 ? error.status : 500
      await showError(ctx, status, error.code)
      if (error.code === 'ERR_SESSION_STORE') console.error(`${error.code}: ${error.message}`)
      else if (status >= 500) ctx.app.emit('error', error, ctx)
    }
  }

  async function showError(ctx, status, code) {
    if (status === 503) ctx.set('Retry-After', '5')
    show(ctx, errorPage({ status, code, ...(status < 500 && (await who(ctx))) }), status)
  }

  // For the page's header, which it can do without.
  async function who(ctx) {
    try {
      const { user_id: name } = await ctx.session.peek(['user_id'])
      if (name === undefined) return
      const token = await ctx.session.createCSRFToken()
      return { name, operator: accounts.isOperator(name), token }
    } catch {}
  }
}

module.exports = { createApp }
