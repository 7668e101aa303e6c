'use strict'

// Starts the example: reads the environment, opens the port, closes cleanly.

const { Redis } = require('ioredis')
const { createApp } = require('./app.js')

const { REDIS_URL } = process.env
const port = Number(process.env.PORT || 3000)
// The passwords are known to everybody, so other machines reach it only if you say so (HOST=0.0.0.0).
const host = process.env.HOST || '127.0.0.1'
if (!(port >= 0 && port < 65_536)) fail('PORT must be a number below 65536.')

const client = REDIS_URL ? connect(REDIS_URL) : undefined
const closing = new AbortController()
const app = createApp({ client, closing: closing.signal })

const server = app.listen(port, host, () => {
  console.log(`Your devices: http://localhost:${server.address().port}`)
  console.log(client ? `Sessions are in Redis at ${place(client)}.` : 'Sessions are in memory.')
})
server.once('error', (error) => {
  fail(error.code === 'EADDRINUSE' ? `Port ${port} is in use. Set PORT.` : error.message)
})

// once: a second Ctrl+C ends the process in the usual way, if a request keeps it waiting.
process.once('SIGINT', close)
process.once('SIGTERM', close)

function close() {
  server.close(() => client?.disconnect())
  // The pages that are open have a request each that would never end.
  closing.abort()
  setTimeout(() => server.closeAllConnections(), 2_000).unref()
}

function connect(url) {
  const redis = new Redis(url)
  // ioredis reports every attempt to reconnect. One line for each outage is enough.
  let down = false
  redis.on('error', (error) => {
    if (!down) console.error(`Redis at ${place(redis)}: ${error.message || error.code}`)
    down = true
  })
  redis.on('ready', () => (down = false))
  return redis
}

// Not the URL, which may hold a password.
function place({ options }) {
  return options.path || `${options.host}:${options.port}`
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
