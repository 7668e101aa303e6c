'use strict'

// Why a session has ended, to tell its visitor. It is stored under the session's id just before the
// end. (An id is public, and opens nothing.)

const REASONS = {
  device: 'This device was signed out from another one.',
  everywhere: 'You were signed out everywhere.',
  password: 'You were signed out because the password was changed on another device.',
  // Stored at sign-in, as nothing runs here when it happens.
  other: 'Your session has ended: it ran out, or an operator ended it.',
}
// In seconds: longer than a remembered session.
const KEPT = 31 * 24 * 60 * 60

function createEnded(storage) {
  const key = (id) => `ended:${id}`
  return {
    async note(ids, reason) {
      await Promise.all(ids.map((id) => storage.set(key(id), reason, KEPT)))
    },

    // `undefined` if nobody had signed in with that session.
    why: async (id) => REASONS[await storage.get(key(id))],
  }
}

module.exports = { createEnded }
