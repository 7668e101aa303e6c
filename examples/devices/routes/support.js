'use strict'

// What several routes do before, and after.

const { formField } = require('./form.js')

const MINUTE = 60_000

// Guards: to be put before what a route does.

async function signedIn(ctx, next) {
  ctx.state.session = await ctx.session.peek()
  // The sign-in page says why.
  if (ctx.state.session.user_id === undefined) return goHome(ctx)
  await keepLastActivity(ctx, ctx.state.session)
  return next()
}

async function checkToken(ctx, next) {
  if (!(await ctx.session.verifyCSRFToken(formField(ctx, 'csrf')))) ctx.throw(403)
  return next()
}

// At most one write a minute, however busy the visitor is.
async function keepLastActivity(ctx, { seen }) {
  const now = new Date()
  if (!(now - seen < MINUTE)) await ctx.session.set({ seen: now })
}

// What the last request left for the next page to say.
async function takeOnce(ctx, { notice, form }) {
  if (notice ?? form) await ctx.session.unset(['notice', 'form'])
  return { notice, ...form }
}

function show(ctx, page, status = 200) {
  ctx.status = status
  ctx.type = 'html'
  ctx.body = String(page)
}

function goHome(ctx, query = '') {
  goTo(ctx, `/${query}`)
}

function goTo(ctx, address) {
  // 303: the browser follows with a GET, so that reloading the page repeats nothing.
  ctx.status = 303
  ctx.redirect(address)
}

module.exports = { checkToken, goHome, goTo, keepLastActivity, show, signedIn, takeOnce }
