'use strict'

// What an open page is told as it happens, as server-sent events: that its session has ended, and
// the list of devices where it reads differently.

const events = require('node:events')
const { Readable } = require('node:stream')
const timers = require('node:timers/promises')
const { deviceList } = require('../pages/devices.js')
const { readDevices } = require('./devices.js')

// The library tells at once that this session has ended (ctx.session.signal), and nothing of the
// account's other sessions. So while a page is open the server looks at the list again after `look`
// ms, which costs some commands for each open page, and sends it where it has changed.
function addLive(router, { Session, changes, closing, look }) {
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
    // The browser asks again after so many ms. By then the page's own forms may be too old.
    yield 'retry: 1000\n'
    yield event('token', token)
    let sent
    while (!over.aborted) {
      const list = await readList(ctx, session, token)
      if (list === undefined) return
      if (list !== sent) yield event('devices', list)
      sent = list
      await pause(session.user_id, over)
    }
    if (ended.aborted) yield event('ended')
  }

  // Nothing here writes to the session: an open page is no activity, and the headers are gone.
  async function readList(ctx, session, token) {
    try {
      const devices = await readDevices(Session, session)
      const { id } = await ctx.session.peek([])
      // Ended, or renewed. The browser asks again by itself, and is told, or goes on.
      return id === session.id ? String(deviceList(devices, session.user_id, token)) : undefined
    } catch (error) {
      // It asks again here too, until the sessions can be reached.
      if (error.code === 'ERR_SESSION_STORE') return undefined
      throw error
    }
  }

  // Until it is time to look again: sooner if this process itself has changed something.
  async function pause(user, over) {
    const first = new AbortController()
    const signal = AbortSignal.any([over, first.signal])
    const waits = [
      timers.setTimeout(look, undefined, { signal }),
      events.once(changes, user, { signal }),
    ]
    await Promise.race(waits).catch(() => {})
    first.abort()
  }
}

// For the streams in this process: which account has changed.
function createChanges() {
  return new events.EventEmitter().setMaxListeners(0)
}

function event(name, data = '') {
  return `event: ${name}\ndata: ${data.replaceAll('\n', '\ndata: ')}\n\n`
}

module.exports = { createChanges, addLive }
