'use strict'

const { Redis } = require('ioredis')
const { MemoryStore } = require('koa-redis-session-sets')
const { createApp } = require('./app.js')

const { REDIS_URL, PORT = 3000 } = process.env
const client = REDIS_URL ? new Redis(REDIS_URL) : undefined
const { app, Session, upgrade } = createApp(client ? { client } : { store: new MemoryStore() })

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Live sign-out: http://localhost:${server.address().port}`)
})
server.on('upgrade', upgrade)

process.once('SIGTERM', () => void close())
process.once('SIGINT', () => void close())

async function close() {
  server.close()
  server.closeAllConnections()
  await Session.close()
  await client?.quit()
}
