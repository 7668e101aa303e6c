'use strict'

// A certificate for localhost that one browser is told to trust, for a day: device binding needs HTTPS.

const { execFileSync } = require('node:child_process')
const { createHash, X509Certificate } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

function createCertificate(folder) {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name))
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const request = '-x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost'.split(' ')
  const output = ['-addext', names, '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', ...request, ...output], { stdio: 'pipe' })
  return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
}

// A browser profile that binds sessions, with keys in software where there is no TPM, and its arguments.
function createProfile(folder, { cert }) {
  fs.mkdirSync(folder, { recursive: true })
  const flags = [
    'enable-standard-device-bound-session-credentials@1',
    'enable-bound-session-credentials-software-keys-for-manual-testing@1',
  ]
  const state = JSON.stringify({ browser: { enabled_labs_experiments: flags } })
  fs.writeFileSync(path.join(folder, 'Local State'), state)
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  const hash = createHash('sha256').update(key).digest('base64')
  return [`--ignore-certificate-errors-spki-list=${hash}`]
}

module.exports = { createCertificate, createProfile }
