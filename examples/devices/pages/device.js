'use strict'

// Describes a User-Agent header, so that people recognise their devices. Clients can send any header:
// decide nothing by it.

const bowser = require('bowser')

const KINDS = { mobile: 'phone', tablet: 'tablet' }

function describe(agent) {
  // bowser throws on an empty string. No version: browsers freeze or invent them.
  const { browser, os, platform } = bowser.parse(agent || 'unknown')
  const program = browser.name || 'Unknown browser'
  const system = platform.model === 'iPad' ? 'iPadOS' : os.name
  return {
    kind: KINDS[platform.type] ?? 'computer',
    name: system ? `${program} on ${system}` : program,
  }
}

module.exports = { describe }
