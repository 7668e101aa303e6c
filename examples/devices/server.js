'use strict'

// Starts the example: environment, port, shutdown.

const { Redis } = require('ioredis')
const { createApp } = require('./app.js')

const { REDIS_URL } = process.env
const port = Number(process.env.PORT || 3000)
// Everybody knows the passwords, so other machines cannot connect unless HOST=0.0.0.0 lets them.
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

// `once`: a second Ctrl+C kills a process that still waits for a request.
process.once('SIGINT', close)
process.once('SIGTERM', close)

function close() {
  server.close(() => client?.disconnect())
  // Ends the event streams of open pages.
  closing.abort()
  setTimeout(() => server.closeAllConnections(), 2_000).unref()
}

function connect(url) {
  const redis = new Redis(url)
  // ioredis reports each attempt to reconnect; log one line per outage.
  let down = false
  redis.on('error', (error) => {
    if (!down) console.error(`Redis at ${place(redis)}: ${error.message || error.code}`)
    down = true
  })
  redis.on('ready', () => (down = false))
  return redis
}

// Not the URL, which may contain a password.
function place({ options }) {
  return options.path || `${options.host}:${options.port}`
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
