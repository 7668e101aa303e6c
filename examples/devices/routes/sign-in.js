'use strict'

// Signing in and out, and a note that the session keeps meanwhile.

const { ACCOUNTS } = require('../accounts.js')
const { signInPage } = require('../pages/sign-in.js')
const { REASONS } = require('../reasons.js')
const { cleanText, formField } = require('./form.js')
const { checkToken, goHome, show, signedIn, takeOnce } = require('./support.js')

function addSignIn(router, { accounts, changes }) {
  router.post('/sign-in', async (ctx) => {
    const name = cleanText(formField(ctx, 'name')).toLowerCase()
    const remember = formField(ctx, 'remember') === 'yes'
    // Without a token, another site could sign the visitor in to its own account. Most often the form
    // is just too old. Nothing is written: a form from another site arrives without the visitor's
    // cookie, so a write would start a session that replaces theirs.
    if (!(await ctx.session.verifyCSRFToken(formField(ctx, 'csrf')))) {
      return goHome(ctx, `?${new URLSearchParams({ again: name, ...(remember && { remember }) })}`)
    }
    const refuse = async (error) => {
      await ctx.session.set({ form: { error, name, remember } })
      goHome(ctx)
    }
    // The same answer for an unknown name, after the same time: it does not reveal which accounts exist.
    if (!(await accounts.hasPassword(name, formField(ctx, 'password')))) {
      return refuse('Wrong name or password.')
    }

    const now = new Date()
    const fields = {
      user_id: name,
      agent: ctx.get('User-Agent').slice(0, 400),
      address: ctx.ip.replace(/^::ffff:/, ''),
      // Not the session's createdAt, which is when the sign-in page was shown.
      signed_in: now,
      seen: now,
      form: null,
    }
    // It renews the session's secret, so a cookie planted before opens nothing. A visitor's other fields
    // stay, such as the note; those of another account, signed in in another tab, go.
    try {
      await ctx.session.signIn(fields, remember ? '30 days' : undefined)
    } catch (error) {
      if (error.code !== 'ERR_SESSION_REVOKED') throw error
      // All devices were signed out while the password was checked: it may be the old one.
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

  // Signed in or not.
  router.post('/note', checkToken, async (ctx) => {
    const note = cleanText(formField(ctx, 'note')).slice(0, 200)
    await ctx.session.set({ note: note || null, notice: note ? 'Note kept.' : 'Note removed.' })
    goHome(ctx)
  })
}

const TOO_OLD =
  'This page was too old, or this browser keeps no cookies from here. Please sign in again.'

async function showSignIn(ctx, session) {
  const query = new URLSearchParams(ctx.querystring)
  const why = session.why ?? REASONS[ctx.session.endReason]
  const form = await takeOnce(ctx, session)
  if (query.has('again')) {
    const [name, remember] = [query.get('again'), query.has('remember')]
    Object.assign(form, { error: TOO_OLD, name, remember })
  }
  const signedOut = query.has('signed-out') ? 'You are signed out.' : undefined
  // Stored for reloads, as this session replaces the one that has ended.
  if (why !== session.why) await ctx.session.set({ why })
  const token = await ctx.session.createCSRFToken()
  const notice = form.notice ?? why ?? signedOut
  const demo = ACCOUNTS.has(query.get('as')) ? query.get('as') : undefined
  show(ctx, signInPage({ ...form, notice, demo, note: session.note, token }))
}

module.exports = { addSignIn, showSignIn }
