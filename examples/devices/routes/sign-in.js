'use strict'

// Signing in and out, and a note that shows what a session keeps on the way.

const { signInPage } = require('../pages/sign-in.js')
const { cleanText, formField } = require('./form.js')
const { checkToken, goHome, show, signedIn, takeNotice } = require('./support.js')

// The cookie's name: the library's own default. Named here because this file reads it too.
const COOKIE = 'session-id'

function addSignIn(router, { accounts, ended, changes }) {
  router.post('/sign-in', async (ctx) => {
    const session = await ctx.session.peek()
    const name = cleanText(formField(ctx, 'name')).toLowerCase()
    const refuse = (error) => showSignIn(ctx, ended, session, { name, error, status: 403 })
    // Without a token, another site could sign a visitor in to an account of its own. A token that
    // is merely too old is the usual case: so the page comes again, with a new one.
    if (!(await ctx.session.verifyCSRFToken(formField(ctx, 'csrf')))) {
      return refuse('This page had been open for too long. Please sign in again.')
    }
    // One answer for both, after the same time: it tells nobody which accounts there are.
    if (!(await accounts.hasPassword(name, formField(ctx, 'password')))) {
      return refuse('Wrong name or password.')
    }

    // Somebody who is signed in already, in another tab: nothing of that passes to this account.
    if (session.user_id !== undefined) await ctx.session.delete()
    const now = new Date()
    const fields = {
      user_id: name,
      agent: ctx.get('User-Agent').slice(0, 400),
      address: ctx.ip.replace(/^::ffff:/, ''),
      // Not the session's createdAt: it began when the sign-in page was shown.
      signed_in: now,
      seen: now,
    }
    // The other fields stay: a note, or a basket. A new user_id renews the session's secret, so a
    // cookie from before is worth nothing. Remembered, the cookie outlives the browser's window.
    try {
      await ctx.session.set(fields, formField(ctx, 'remember') === 'yes' ? '30 days' : undefined)
    } catch (error) {
      if (error.code !== 'ERR_SESSION_REVOKED') throw error
      // All devices were signed out while the password was being checked: it may be the old one.
      return refuse('This account was signed out everywhere just now. Please sign in again.')
    }
    changes.emit(name)
    goHome(ctx)
  })

  router.post('/sign-out', signedIn, checkToken, async (ctx) => {
    await ctx.session.delete()
    changes.emit(ctx.state.session.user_id)
    goHome(ctx, '?signed-out')
  })

  // For everybody, signed in or not.
  router.post('/note', checkToken, async (ctx) => {
    const note = cleanText(formField(ctx, 'note')).slice(0, 200)
    await ctx.session.set({ note: note || null, notice: note ? 'Note kept.' : 'Note removed.' })
    goHome(ctx)
  })
}

async function showSignIn(ctx, ended, session, { name, error, status } = {}) {
  const why = await whyHere(ctx, ended, session)
  const notice = (await takeNotice(ctx, session)) ?? why
  // Starts a session if there is none: a token is bound to a session.
  const token = await ctx.session.createCSRFToken()
  show(ctx, signInPage({ name, error, notice, note: session.note, token }), status)
}

async function whyHere(ctx, ended, session) {
  const [id] = ctx.cookies.get(COOKIE)?.split('.') ?? []
  // A cookie without a session: it has ended, and not by this browser's own sign-out.
  if (session.id === undefined && id !== undefined) return ended.why(id)
  if (ctx.query['signed-out'] !== undefined) return 'You are signed out.'
}

module.exports = { COOKIE, addSignIn, showSignIn }
