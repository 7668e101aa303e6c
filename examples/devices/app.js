'use strict'

const Koa = require('koa')
const { bodyParser } = require('@koa/bodyparser')
const { Router } = require('@koa/router')
const sessions = require('koa-redis-session-sets')
const { field, MemoryStore } = require('koa-redis-session-sets')
const { admin } = require('koa-redis-session-sets/admin')
const { deviceBound } = require('koa-redis-session-sets/device-bound')
const { createAccounts } = require('./accounts.js')
const { createAudit } = require('./audit.js')
const { describe } = require('./pages/device.js')
const { errorPage } = require('./pages/error.js')
const { addBinding } = require('./routes/binding.js')
const { addDevices } = require('./routes/devices.js')
const { createChanges, addLive } = require('./routes/live.js')
const { addPassword } = require('./routes/password.js')
const { addSignIn } = require('./routes/sign-in.js')
const { addStatic } = require('./routes/static.js')
const { goHome, show, signedIn } = require('./routes/support.js')
const { createStorage } = require('./storage.js')

// The files that everybody gets.
const STATIC = ['/style.css', '/page.js', '/icon.svg']

// Without a client, sessions are in memory. `closing` aborts before the process exits; every
// `pollInterval` ms an open page's list of devices is read again. `binding` binds sessions to devices, over
// HTTPS: the options of deviceBound().
function createApp({ client, closing, pollInterval = 1000, binding }) {
  const app = new Koa()
  const Session = sessions(app, {
    // With NODE_ENV=production the library refuses to run without either of these.
    ...(client ? { client } : { store: new MemoryStore() }),
    key: 'session-id',
    ...(binding && { secure: true, binding: deviceBound({ ...binding, exclude: STATIC }) }),
    // Sessions can be found by account and by address. A new address does not renew the secret.
    references: { user_id: {}, address: { rotate: false } },
    // The cookie ends with the browser, the session after an idle day. "Remember me" sets its own
    // `maxAge` at sign-in.
    persistent: false,
    maxAge: '1 day',
    fields: {
      user_id: field.string(),
      agent: field.string(),
      address: field.string(),
      signed_in: field.date(),
      seen: field.date(),
      note: field.string(),
      // Why the previous session ended, for the sign-in page.
      why: field.string(),
      // A message for the next page, and the error of a form.
      notice: field.string(),
      form: field.json(),
    },
  })
  const storage = createStorage(client)
  const accounts = createAccounts(storage)
  const parts = {
    Session,
    accounts,
    changes: createChanges(),
    closing,
    pollInterval,
    binding,
  }
  closing.addEventListener('abort', () => void Session.close())

  app.on('error', (error) => {
    // A page with an open event stream was closed.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') app.onerror(error)
  })
  app.use(headers)
  app.use(createErrors(accounts, binding))
  app.use(bodyParser({ enableTypes: ['form'], formLimit: '8kb' }))
  app.use(Session)
  app.use(beforeAdmin)
  app.use(
    admin(Session, {
      authorize: (ctx) => accounts.isOperator(ctx.state.session.user_id),
      path: '/admin',
      back: '/',
      // The note is private.
      fields: ['user_id', 'agent', 'address'],
      labels: { user_id: 'Account', agent: 'Device', address: 'Address' },
      format: { agent: (agent) => describe(agent).name },
      ...createAudit(storage, { closing, onError: (error) => app.emit('error', error) }),
    }),
  )
  const router = new Router()
  for (const add of [addStatic, addSignIn, addDevices, addPassword, addLive, addBinding])
    add(router, parts)
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
  // Caches must not show someone's devices after they have signed out.
  ctx.set('Cache-Control', 'no-store')
  await next()
}

// On the operator's pages too, visitors must be signed in, and are active.
async function beforeAdmin(ctx, next) {
  return /^\/admin(\/|$)/.test(ctx.path) ? signedIn(ctx, next) : next()
}

// Error pages in HTML. Errors of the session library have a status: 503 if Redis does not answer.
function createErrors(accounts, binding) {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status < 400 || ctx.body != null) return
      // A form's URL, typed or reached by going back.
      if (ctx.status === 405 && ctx.method === 'GET') return goHome(ctx)
      await showError(ctx, ctx.status)
    } catch (error) {
      // The session has ended during this request; the sign-in page says why.
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

  // For the page's header, which is optional.
  async function who(ctx) {
    try {
      const { user_id: name } = await ctx.session.peek(['user_id'])
      if (name === undefined) return
      const token = await ctx.session.createCSRFToken()
      return { name, operator: accounts.isOperator(name), token, binding }
    } catch {}
  }
}

module.exports = { createApp }
