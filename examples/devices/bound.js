'use strict'

// Starts the example over HTTPS, with sessions that are bound to the device, and says how to open it. Ctrl+C ends it.

const fs = require('node:fs')
const https = require('node:https')
const os = require('node:os')
const path = require('node:path')
const { createApp } = require('./app.js')
const { createCertificate, createProfile } = require('./certificate.js')

const port = Number(process.env.PORT || 3443)
const refresh = process.env.REFRESH || '2 minutes'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'devices-'))
const profile = path.join(folder, 'profile')
const certificate = createCertificate(folder)
const args = [`--user-data-dir=${profile}`, ...createProfile(profile, certificate)]
const closing = new AbortController()
const app = createApp({ closing: closing.signal, binding: { refresh } })

const answer = app.callback()

const server = https.createServer(certificate, (req, res) => void answer(req, res))
server.listen(port, '127.0.0.1', () => {
  const url = `https://localhost:${server.address().port}`
  console.log(`Your devices: ${url}`)
  console.log('Open it in a Chromium 145 or later that binds sessions:')
  console.log(`\n    chromium ${args.join(' ')} ${url}\n`)
})

process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
process.once('SIGINT', close)
process.once('SIGTERM', close)

function close() {
  closing.abort()
  server.close()
  server.closeAllConnections()
}
