'use strict'

// Changing the password, which signs out all other devices.

const { passwordPage } = require('../pages/password.js')
const { signedOut } = require('./devices.js')
const { formField } = require('./form.js')
const { checkToken, goHome, goTo, show, signedIn, takeOnce } = require('./support.js')

function addPassword(router, { Session, accounts, changes, binding }) {
  router.get('/password', signedIn, async (ctx) => {
    const { session } = ctx.state
    const { user_id: name } = session
    const { on, error } = await takeOnce(ctx, session)
    const token = await ctx.session.createCSRFToken()
    const operator = accounts.isOperator(name)
    show(ctx, passwordPage({ name, operator, on, error, token, binding }))
  })

  router.post('/password', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    const { user_id: name } = session
    const [old, password] = [formField(ctx, 'old'), formField(ctx, 'password')]
    if (password.length < 8 || password.length > 200) {
      return refuse(ctx, 'password', 'Please choose 8 to 200 characters.')
    }
    if (!(await accounts.hasPassword(name, old))) {
      return refuse(ctx, 'old', 'This is not your password.')
    }

    // In this order. The renewal makes a copy of this cookie worthless, and fails if this session has
    // ended meanwhile, before anything changes. revokeAll() comes last: it ends every session that signed
    // in with the old password, and refuses the sign-ins that are still checking it.
    await ctx.session.regenerate()
    await accounts.setPassword(name, password)
    const number = await Session.revokeAll('user_id', name, {
      except: ctx.session,
      reason: 'password',
    })
    changes.emit(name)
    await ctx.session.set({ notice: `Your password was changed. ${signedOut(number)}` })
    goHome(ctx)
  })

  // By way of the session: the page can be loaded again, and gone back to.
  async function refuse(ctx, on, error) {
    await ctx.session.set({ form: { on, error } })
    goTo(ctx, '/password')
  }
}

module.exports = { addPassword }
