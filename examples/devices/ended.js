'use strict'

// Why a session was ended, for the one who held it. The session is gone, and can tell nobody: so it
// is noted here, under its id, just before. (An id is public, and opens nothing.)

const REASONS = {
  device: 'This device was signed out from another one.',
  everywhere: 'You were signed out everywhere.',
  password: 'You were signed out because the password was changed on another device.',
}
// Nobody noted anything.
const OTHER = 'Your session has ended: it ran out, or an operator ended it.'
const DAY = 24 * 60 * 60

function createEnded(storage) {
  const key = (id) => `ended:${id}`
  return {
    async note(ids, reason) {
      await Promise.all(ids.map((id) => storage.set(key(id), reason, DAY)))
    },

    async why(id) {
      return REASONS[await storage.get(key(id))] ?? OTHER
    },
  }
}

module.exports = { createEnded }
