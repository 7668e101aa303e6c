'use strict'

// What a session that is bound to its device is worth: a page that explains how to try it.

const { bindingPage } = require('../pages/binding.js')
const { show, signedIn } = require('./support.js')

function addBinding(router, { accounts, binding }) {
  if (binding === undefined) return
  router.get('/binding', signedIn, async (ctx) => {
    const { user_id: name } = ctx.state.session
    const token = await ctx.session.createCSRFToken()
    const { bound } = ctx.session
    const operator = accounts.isOperator(name)
    const { refresh } = binding
    show(ctx, bindingPage({ name, operator, token, bound, refresh, origin: `https://${ctx.host}` }))
  })
}

module.exports = { addBinding }
