'use strict'

// Starts the example on two ports with one Redis: a device that signs in on one is listed on the
// other, and can be signed out there. Ctrl+C ends all of it.

const { spawn, spawnSync } = require('node:child_process')
const events = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const port = Number(process.env.PORT || 3000)
if (!(port > 0 && port < 65_535)) fail('PORT must be a number below 65535.')
const program = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
)
if (!program) {
  fail('redis-server is missing: apt-get install redis-server, or brew install redis.')
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'devices-'))
const socket = path.join(folder, 'redis.sock')
const children = []
let stopping = false
main().catch((error) => {
  fail(error.message)
})

async function main() {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => void stop())
  // On a Unix socket: no port can be in use, and other machines cannot connect.
  const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder]
  const redis = start(program, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(redis)
  for (const PORT of [port, port + 1]) {
    if (stopping) return
    const env = { ...process.env, PORT, REDIS_URL: socket }
    start(process.execPath, [path.join(__dirname, 'server.js')], { env, stdio: 'inherit' })
  }
}

function start(command, args, options) {
  // In a process group that Ctrl+C does not reach, as Redis must end last.
  const child = spawn(command, args, { ...options, detached: true })
  children.push(child)
  child.once('exit', () => {
    if (!stopping) {
      console.error('One of the processes has ended, so all of them end.')
      process.exitCode = 1
    }
    void stop()
  })
  return child
}

// If Redis never logs this, it exits, and `start` ends the rest.
function ready(redis) {
  return new Promise((resolve) => {
    redis.stdout.setEncoding('utf8').on('data', (text) => {
      if (/ready to accept connections/i.test(text)) resolve()
    })
  })
}

async function stop() {
  if (stopping) return
  stopping = true
  const [redis, ...servers] = children
  await Promise.all(servers.map(end))
  await end(redis)
  fs.rmSync(folder, { recursive: true, force: true })
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = events.once(child, 'exit')
  child.kill()
  await exit
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
