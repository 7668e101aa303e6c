'use strict'

// Changing the password, which ends every other session of the account.

const { passwordPage } = require('../pages/password.js')
const { otherIds, signedOut } = require('./devices.js')
const { formField } = require('./form.js')
const { checkToken, goHome, show, signedIn } = require('./support.js')

function addPassword(router, { Session, accounts, ended, changes }) {
  router.get('/password', signedIn, (ctx) => showPassword(ctx))

  router.post('/password', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    const { user_id: name } = session
    const [old, password] = [formField(ctx, 'old'), formField(ctx, 'password')]
    if (password.length < 8 || password.length > 200) {
      return showPassword(ctx, { password: 'Please choose 8 to 200 characters.' })
    }
    if (!(await accounts.hasPassword(name, old))) {
      return showPassword(ctx, { old: 'This is not your password.' })
    }

    // In this order. The first call fails if this session was ended meanwhile: then it may change
    // nothing any more. A sign-in with the old password either sees the new one, or began before
    // revokeOthers() is called, which ends or refuses it. The renewal comes last: until its answer is
    // there, other tabs of this browser have the old cookie.
    await ctx.session.touch()
    await accounts.setPassword(name, password)
    await ended.note(await otherIds(Session, session), 'password')
    const number = await ctx.session.revokeOthers('user_id')
    changes.emit(name)
    await ctx.session.set({ notice: `Your password was changed. ${signedOut(number)}` })
    await ctx.session.regenerate()
    goHome(ctx)
  })

  async function showPassword(ctx, errors) {
    const { user_id: name } = ctx.state.session
    const token = await ctx.session.createCSRFToken()
    const operator = accounts.isOperator(name)
    show(ctx, passwordPage({ name, operator, errors, token }), errors ? 403 : 200)
  }
}

module.exports = { addPassword }
