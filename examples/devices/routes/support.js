'use strict'

const { formField } = require('./form.js')

const MINUTE = 60_000

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

// At most one write per minute.
async function keepLastActivity(ctx, { seen }) {
  const now = new Date()
  if (!(now - seen < MINUTE)) await ctx.session.set({ seen: now })
}

// Reads and removes what the previous request left for this page.
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
  // 303 See Other: a reload does not send the form again.
  ctx.status = 303
  ctx.redirect(address)
}

module.exports = { checkToken, goHome, goTo, keepLastActivity, show, signedIn, takeOnce }
