'use strict'

// The list of an account's sessions, and ending them.

const { describe } = require('../pages/device.js')
const { devicesPage } = require('../pages/devices.js')
const { showSignIn } = require('./sign-in.js')
const { checkToken, goHome, keepLastActivity, show, signedIn, takeNotice } = require('./support.js')

function addDevices(router, { Session, accounts, ended, changes }) {
  router.get('/', async (ctx) => {
    const session = await ctx.session.peek()
    if (session.user_id === undefined) return showSignIn(ctx, ended, session)

    await keepLastActivity(ctx, session)
    const notice = await takeNotice(ctx, session)
    const token = await ctx.session.createCSRFToken()
    const { user_id: name, note } = session
    const devices = await readDevices(Session, session)
    show(
      ctx,
      devicesPage({ name, operator: accounts.isOperator(name), devices, notice, note, token }),
    )
  })

  router.post('/devices/:id/end', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    const { id } = ctx.params
    // An id is public and revoke() asks no questions: so look whose session it is.
    const device = await Session.store.get(id, ['user_id', 'agent'])
    if (device.user_id !== session.user_id) ctx.throw(404)
    await ended.note([id], 'device')
    await Session.revoke(id)
    changes.emit(session.user_id)
    if (id !== session.id) {
      await ctx.session.set({ notice: `${describe(device.agent).text} was signed out.` })
    }
    goHome(ctx)
  })

  router.post('/devices/end-others', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    await ended.note(await otherIds(Session, session), 'device')
    const number = await ctx.session.revokeOthers('user_id')
    changes.emit(session.user_id)
    await ctx.session.set({ notice: signedOut(number) })
    goHome(ctx)
  })

  router.post('/sign-out-everywhere', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    await ended.note([session.id, ...(await otherIds(Session, session))], 'everywhere')
    await Session.revokeAll('user_id', session.user_id)
    changes.emit(session.user_id)
    goHome(ctx)
  })
}

async function readDevices(Session, { id, user_id }) {
  const devices = []
  for await (const device of Session.find('user_id', user_id)) {
    devices.push({ ...device, current: device.id === id })
  }
  // This device first, then the one used last.
  return devices.toSorted((a, b) => b.current - a.current || b.values.seen - a.values.seen)
}

// Only to note why they end. Which ones do end is for the library to find out.
async function otherIds(Session, session) {
  const devices = await readDevices(Session, session)
  return devices.filter(({ current }) => !current).map(({ id }) => id)
}

function signedOut(number) {
  if (number === 0) return 'No other device was signed in.'
  return `${number === 1 ? '1 other device was' : `${number} other devices were`} signed out.`
}

module.exports = { addDevices, otherIds, readDevices, signedOut }
