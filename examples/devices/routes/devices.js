'use strict'

// Lists an account's sessions, and ends them.

const { confirmPage } = require('../pages/confirm.js')
const { describe } = require('../pages/device.js')
const { devicesPage } = require('../pages/devices.js')
const { html } = require('../pages/html.js')
const { time } = require('../pages/time.js')
const { showSignIn } = require('./sign-in.js')
const { checkToken, goHome, keepLastActivity, show, signedIn, takeOnce } = require('./support.js')

const ALREADY = 'It was signed out already.'

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

  // Each address asks on GET, and acts on POST.
  async function ask(ctx, question) {
    const { user_id: name } = ctx.state.session
    const operator = accounts.isOperator(name)
    const token = await ctx.session.createCSRFToken()
    const action = ctx.path
    show(ctx, confirmPage({ name, operator, token, binding, action, ...question }))
  }

  async function askNothing(ctx, notice) {
    await ctx.session.set({ notice })
    goHome(ctx)
  }

  router.get('/devices/:id/end', signedIn, async (ctx) => {
    const { session } = ctx.state
    const devices = await readDevices(Session, session)
    const device = devices.find(({ id }) => id === ctx.params.id)
    if (device === undefined) return askNothing(ctx, ALREADY)
    await ask(ctx, {
      title: `Sign out ${device.name}?`,
      text: html`<p>
        It was last active ${time(device.seen)}, from ${device.address ?? 'an unknown address'}. It
        is signed out immediately, and has to sign in again.
      </p>`,
      yes: `Sign out ${device.name}`,
    })
  })

  router.get('/devices/end-others', signedIn, async (ctx) => {
    const number = (await readDevices(Session, ctx.state.session)).length - 1
    if (number < 1) return askNothing(ctx, signedOut(0))
    await ask(ctx, {
      title: `Sign out ${number === 1 ? '1 other device' : `${number} other devices`}?`,
      text: html`<p>
        They are signed out immediately, and have to sign in again. This device stays signed in.
      </p>`,
      yes: 'Sign out all others',
    })
  })

  router.get('/sign-out-everywhere', signedIn, async (ctx) => {
    await ask(ctx, {
      title: 'Sign out everywhere?',
      text: html`<p>
        All devices are signed out immediately, this one too. You can sign in again with your
        password.
      </p>`,
      yes: 'Sign out everywhere',
    })
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
      const notice = device ? `${device.name} was signed out.` : ALREADY
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
  const here = devices.find(({ current }) => current)?.address
  for (const device of devices) {
    device.hasSameAddress = !device.current && here !== undefined && device.address === here
  }
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
