'use strict'

// Sessions in Express: devices, sign out everywhere, live sign-out.

const express = require('express')
const { sessions } = require('koa-redis-session-sets/node')

function createApp(options) {
  const Session = sessions({ references: { user_id: {} }, ...options })
  const app = express()
  app.use(express.json())
  app.use((req, res, next) => {
    req.session = Session.for(req, res)
    next()
  })

  app.post('/sign-in', async (req, res) => {
    // A real application checks a password.
    await req.session.signIn({ user_id: req.body.name })
    res.json({ id: req.session.id })
  })

  app.get('/devices', async (req, res) => {
    const { id, user_id } = await req.session.peek()
    if (user_id === undefined) return res.status(401).end()
    const devices = []
    for await (const device of Session.find('user_id', user_id)) {
      devices.push({ id: device.id, current: device.id === id, lastActiveAt: device.lastActiveAt })
    }
    res.json(devices)
  })

  app.post('/sign-out-everywhere', async (req, res) => {
    const { user_id } = await req.session.peek()
    if (user_id === undefined) return res.status(401).end()
    res.json({ ended: await Session.revokeAll('user_id', user_id) })
  })

  app.get('/events', (req, res) => {
    const { signal } = req.session
    res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders()
    const end = () => res.end(`event: signed-out\ndata: ${signal.reason.code}\n\n`)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

  return { handler: app, Session }
}

module.exports = { createApp }
