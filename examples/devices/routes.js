'use strict'

// What each address does. This is the part to read to see the session library in use.

const fs = require('node:fs')
const path = require('node:path')
const { Router } = require('@koa/router')
const { describe } = require('./device.js')
const { cleanName, formField } = require('./form.js')
const { devicesPage, signInPage } = require('./pages.js')

const MINUTE = 60_000
const STYLE = fs.readFileSync(path.join(__dirname, 'style.css'), 'utf8')

function createRouter(Session, cookie) {
  const router = new Router()

  // Nothing here touches ctx.session: no Redis command, no cookie.
  router.get('/style.css', (ctx) => {
    ctx.set('Cache-Control', 'no-cache')
    ctx.type = 'css'
    ctx.body = STYLE
  })

  router.get('/', async (ctx) => {
    const session = await ctx.session.peek()
    if (session.user_id === undefined) {
      // A browser drops the cookie of a session that has run out. So a cookie without a session
      // is nearly always that of a session which was ended from somewhere else.
      const ended = session.id === undefined && ctx.cookies.get(cookie) !== undefined
      return showSignIn(ctx, { notice: ended ? 'You were signed out.' : undefined })
    }

    await keepLastActivity(ctx, session)
    if (session.notice !== undefined) await ctx.session.unset(['notice'])
    const devices = []
    for await (const device of Session.find('user_id', session.user_id)) {
      devices.push({ ...device, current: device.id === session.id })
    }
    // Ended from somewhere else since the first line of this function.
    if (!devices.some((device) => device.current)) ctx.throw(401)
    const token = await ctx.session.createCSRFToken()
    const { user_id: name, notice } = session
    show(ctx, devicesPage({ name, devices, notice, token }))
  })

  router.post('/sign-in', checkToken, async (ctx) => {
    const name = cleanName(formField(ctx, 'name'))
    if (name === '' || name.length > 40) {
      ctx.status = 400
      return showSignIn(ctx, { name, error: 'Please enter a name of 1 to 40 characters.' })
    }
    const now = Date.now()
    // A new user_id renews the session: its old cookie is worth nothing from here on.
    await ctx.session.set({
      user_id: name,
      agent: ctx.get('User-Agent').slice(0, 400),
      address: ctx.ip.replace(/^::ffff:/, ''),
      // Not the session's createdAt: it began when the sign-in form was shown.
      signed_in: now,
      seen: now,
    })
    goHome(ctx)
  })

  router.post('/sign-out', signedIn, checkToken, async (ctx) => {
    await ctx.session.delete()
    goHome(ctx)
  })

  router.post('/sign-out-everywhere', signedIn, checkToken, async (ctx) => {
    await Session.revokeAll('user_id', ctx.state.session.user_id)
    goHome(ctx)
  })

  router.post('/devices/end-others', signedIn, checkToken, async (ctx) => {
    const ended = await ctx.session.revokeOthers('user_id')
    const notice = ended === 1 ? '1 other device was' : `${ended} other devices were`
    await ctx.session.set({ notice: `${notice} signed out.` })
    goHome(ctx)
  })

  router.post('/devices/:id/end', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    const device = await findOwn(session.user_id, ctx.params.id)
    if (!device) ctx.throw(404)
    await Session.revoke(device.id)
    if (device.id !== session.id) {
      await ctx.session.set({ notice: `${describe(device.values.agent).text} was signed out.` })
    }
    goHome(ctx)
  })

  // An id is public and revoke() asks no questions, so it is for us to check whose session it is.
  async function findOwn(name, id) {
    for await (const session of Session.find('user_id', name)) {
      if (session.id === id) return session
    }
  }

  return router
}

// Guards, to be put before what a route does.

async function signedIn(ctx, next) {
  ctx.state.session = await ctx.session.peek()
  if (ctx.state.session.user_id === undefined) ctx.throw(401)
  await keepLastActivity(ctx, ctx.state.session)
  return next()
}

async function checkToken(ctx, next) {
  if (!(await ctx.session.verifyCSRFToken(formField(ctx, 'csrf')))) ctx.throw(403)
  return next()
}

// At most one write a minute, however busy the visitor is.
async function keepLastActivity(ctx, session) {
  if (Date.now() - Number(session.seen) > MINUTE) await ctx.session.set({ seen: Date.now() })
}

async function showSignIn(ctx, parts) {
  // Starts a session if there is none: a token is bound to a session.
  const token = await ctx.session.createCSRFToken()
  show(ctx, signInPage({ ...parts, token }))
}

function show(ctx, page) {
  ctx.type = 'html'
  ctx.body = String(page)
}

function goHome(ctx) {
  // 303: the browser follows with a GET, so that reloading the page repeats nothing.
  ctx.status = 303
  ctx.redirect('/')
}

module.exports = { createRouter }
