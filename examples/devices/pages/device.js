'use strict'

// Says in words what a User-Agent header says. Any client can send any header: this is a help for
// people to recognise their devices, and nothing to decide by.

const bowser = require('bowser')

const KINDS = { mobile: 'phone', tablet: 'tablet' }

function describe(agent) {
  // bowser throws on an empty text. Versions are left out: browsers freeze or invent them.
  const { browser, os, platform } = bowser.parse(agent || 'unknown')
  const program = browser.name || 'Unknown browser'
  const system = platform.model === 'iPad' ? 'iPadOS' : os.name
  return {
    kind: KINDS[platform.type] ?? 'computer',
    name: system ? `${program} on ${system}` : program,
  }
}

module.exports = { describe }
