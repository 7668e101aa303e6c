'use strict'

// Lists an account's sessions, and ends them.

const { describe } = require('../pages/device.js')
const { devicesPage } = require('../pages/devices.js')
const { showSignIn } = require('./sign-in.js')
const { checkToken, goHome, keepLastActivity, show, signedIn, takeOnce } = require('./support.js')

function addDevices(router, { Session, accounts, changes, binding }) {
  router.get('/', async (ctx) => {
    const session = await ctx.session.peek()
    if (session.user_id === undefined) return showSignIn(ctx, session)

    await keepLastActivity(ctx, session)
    const { notice, error } = await takeOnce(ctx, session)
    const token = await ctx.session.createCSRFToken()
    const { user_id: name, note } = session
    const operator = accounts.isOperator(name)
    const devices = await readDevices(Session, session)
    show(
      ctx,
      devicesPage({ name, operator, devices, notice: notice ?? error, note, token, binding }),
    )
  })

  router.post('/devices/:id/end', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    const { id } = ctx.params
    // revoke() ends any session, and ids are public: only accept this account's.
    const device = (await readDevices(Session, session)).find((each) => each.id === id)
    if (device !== undefined) {
      await Session.revoke(id, { reason: 'device' })
      changes.emit(session.user_id)
    }
    if (id !== session.id) {
      const notice = device ? `${device.name} was signed out.` : 'It was signed out already.'
      await ctx.session.set({ notice })
    }
    goHome(ctx)
  })

  router.post('/devices/end-others', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    const number = await ctx.session.revokeOthers('user_id', { reason: 'device' })
    changes.emit(session.user_id)
    await ctx.session.set({ notice: signedOut(number) })
    goHome(ctx)
  })

  router.post('/sign-out-everywhere', signedIn, checkToken, async (ctx) => {
    const { session } = ctx.state
    await Session.revokeAll('user_id', session.user_id, { reason: 'everywhere' })
    changes.emit(session.user_id)
    goHome(ctx)
  })
}

// This device first, then by sign-in: a stable order, so that no button moves under the pointer.
async function readDevices(Session, { id, user_id }) {
  const devices = []
  for await (const { values, createdAt, ...device } of Session.find('user_id', user_id)) {
    const { agent, address, signed_in = createdAt, seen = createdAt } = values
    const current = device.id === id
    devices.push({
      id: device.id,
      ...describe(agent),
      address,
      signed_in,
      seen,
      current,
      bound: device.bound,
    })
  }
  devices.sort((a, b) => a.signed_in - b.signed_in)
  tellApart(devices)
  return devices.toSorted((a, b) => b.current - a.current)
}

// "Firefox on Linux", "Firefox on Linux (2)".
function tellApart(devices) {
  const counts = new Map()
  for (const device of devices) {
    const count = (counts.get(device.name) ?? 0) + 1
    counts.set(device.name, count)
    if (count > 1) device.name += ` (${count})`
  }
}

function signedOut(number) {
  if (number === 0) return 'No other device was signed in.'
  return `${number === 1 ? '1 other device was' : `${number} other devices were`} signed out.`
}

module.exports = { addDevices, readDevices, signedOut }
