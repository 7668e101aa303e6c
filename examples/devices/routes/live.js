'use strict'

// Server-sent events for open pages: the session has ended, or the list of devices has changed.

const events = require('node:events')
const { Readable } = require('node:stream')
const timers = require('node:timers/promises')
const { deviceList } = require('../pages/devices.js')
const { readDevices } = require('./devices.js')

// ctx.session.signal reports the end of this session, but not of the account's others. So the list is
// read again every `pollInterval` ms, at the cost of some commands for each open page.
function addLive(router, { Session, changes, closing, pollInterval, binding }) {
  router.get('/live', async (ctx) => {
    const session = await ctx.session.peek(['user_id'])
    const token = session.user_id && (await ctx.session.createCSRFToken())
    const gone = new AbortController()
    ctx.res.once('close', () => gone.abort())
    ctx.type = 'text/event-stream'
    const stop = AbortSignal.any([gone.signal, closing])
    ctx.body = Readable.from(follow(ctx, session, token, stop))
  })

  async function* follow(ctx, session, token, stop) {
    if (session.user_id === undefined) return yield event('ended')
    const ended = ctx.session.signal
    const over = AbortSignal.any([stop, ended])
    // The browser reconnects after this many ms.
    yield 'retry: 1000\n'
    // For the page's forms: their tokens may have expired since it was loaded.
    yield event('token', token)
    let sent
    while (!over.aborted) {
      const list = await readList(ctx, session)
      if (list === undefined) return
      if (list !== sent) yield event('devices', list)
      sent = list
      await pause(session.user_id, over)
    }
    // After a renewal by another request the browser reconnects, with its new cookie.
    if (ended.aborted && ended.reason.code !== 'ERR_SESSION_SUPERSEDED') yield event('ended')
  }

  // Never writes to the session: an open page is not activity, and the headers have been sent.
  async function readList(ctx, session) {
    try {
      const devices = await readDevices(Session, session)
      const { id } = await ctx.session.peek([])
      // If the session has ended or was renewed, the browser reconnects and finds out which.
      return id === session.id
        ? String(deviceList({ devices, name: session.user_id, binding }))
        : undefined
    } catch (error) {
      // Here too: it reconnects until Redis answers.
      if (error.code === 'ERR_SESSION_STORE') return undefined
      throw error
    }
  }

  // Until the next read is due, or this process has changed something.
  async function pause(user, over) {
    const first = new AbortController()
    const signal = AbortSignal.any([over, first.signal])
    const waits = [
      timers.setTimeout(pollInterval, undefined, { signal }),
      events.once(changes, user, { signal }),
    ]
    await Promise.race(waits).catch(() => {})
    first.abort()
  }
}

// Emits the account that has changed, to the streams of this process.
function createChanges() {
  return new events.EventEmitter().setMaxListeners(0)
}

function event(name, data = '') {
  return `event: ${name}\ndata: ${data.replaceAll('\n', '\ndata: ')}\n\n`
}

module.exports = { createChanges, addLive }
