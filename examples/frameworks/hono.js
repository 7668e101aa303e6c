'use strict'

// Sessions in Hono on Node: devices, sign out everywhere, live sign-out.

const { getRequestListener } = require('@hono/node-server')
const { Hono } = require('hono')
const { streamSSE } = require('hono/streaming')
const { sessions } = require('koa-redis-session-sets/node')

function createApp(options) {
  const Session = sessions({ references: { user_id: {} }, ...options })
  const app = new Hono()
  app.use(async (c, next) => {
    c.set('session', Session.for(c.env.incoming, c.env.outgoing))
    await next()
  })

  app.post('/sign-in', async (c) => {
    const { name } = await c.req.json()
    // A real application checks a password.
    await c.var.session.signIn({ user_id: name })
    return c.json({ id: c.var.session.id })
  })

  app.get('/devices', async (c) => {
    const { id, user_id } = await c.var.session.peek()
    if (user_id === undefined) return c.body(null, 401)
    const devices = []
    for await (const device of Session.find('user_id', user_id)) {
      devices.push({ id: device.id, current: device.id === id, lastActiveAt: device.lastActiveAt })
    }
    return c.json(devices)
  })

  app.post('/sign-out-everywhere', async (c) => {
    const { user_id } = await c.var.session.peek()
    if (user_id === undefined) return c.body(null, 401)
    return c.json({ ended: await Session.revokeAll('user_id', user_id) })
  })

  app.get('/events', (c) => {
    const { signal } = c.var.session
    c.header('Cache-Control', 'no-store')
    return streamSSE(c, async (stream) => {
      if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      }
      await stream.writeSSE({ event: 'signed-out', data: signal.reason.code })
    })
  })

  return { handler: getRequestListener(app.fetch), Session }
}

module.exports = { createApp }
