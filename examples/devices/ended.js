'use strict'

// Why a session has ended, for the one who held it. The session is gone, and can tell nobody: so it
// is noted here, under its id, just before. (An id is public, and opens nothing.)

const REASONS = {
  device: 'This device was signed out from another one.',
  everywhere: 'You were signed out everywhere.',
  password: 'You were signed out because the password was changed on another device.',
  // Noted at the sign-in already: nobody is there to note it when it happens.
  other: 'Your session has ended: it ran out, or an operator ended it.',
}
// In seconds, and a little longer than any session: see "Remember me".
const KEPT = 31 * 24 * 60 * 60

function createEnded(storage) {
  const key = (id) => `ended:${id}`
  return {
    async note(ids, reason) {
      await Promise.all(ids.map((id) => storage.set(key(id), reason, KEPT)))
    },

    // Nothing where nothing is known: nobody had signed in with that session, say.
    why: async (id) => REASONS[await storage.get(key(id))],
  }
}

module.exports = { createEnded }
