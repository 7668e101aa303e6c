'use strict'

// Sessions in Fastify: devices, sign out everywhere, live sign-out.

const { fastify } = require('fastify')
const { sessions } = require('koa-redis-session-sets/node')

async function createApp(options) {
  const Session = sessions({ references: { user_id: {} }, ...options })
  const app = fastify()
  app.decorateRequest('session', null)
  app.addHook('onRequest', async (request, reply) => {
    request.session = Session.for(request.raw, reply.raw)
  })

  app.post('/sign-in', async (request) => {
    // A real application checks a password.
    await request.session.signIn({ user_id: request.body.name })
    return { id: request.session.id }
  })

  app.get('/devices', async (request, reply) => {
    const { id, user_id } = await request.session.peek()
    if (user_id === undefined) return reply.code(401).send()
    const devices = []
    for await (const device of Session.find('user_id', user_id)) {
      devices.push({ id: device.id, current: device.id === id, lastActiveAt: device.lastActiveAt })
    }
    return devices
  })

  app.post('/sign-out-everywhere', async (request, reply) => {
    const { user_id } = await request.session.peek()
    if (user_id === undefined) return reply.code(401).send()
    return { ended: await Session.revokeAll('user_id', user_id) }
  })

  app.get('/events', (request, reply) => {
    const { signal } = request.session
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    raw.flushHeaders()
    const end = () => raw.end(`event: signed-out\ndata: ${signal.reason.code}\n\n`)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

  await app.ready()
  return { handler: (req, res) => app.routing(req, res), Session }
}

module.exports = { createApp }
