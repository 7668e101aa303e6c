'use strict'

// Keeps what happened to sessions, for the operator's pages: the last events, without secrets.

const { subscribe, unsubscribe } = require('node:diagnostics_channel')

const LOGGED = ['signed-in', 'ended']
const KEPT = 200

// `onError` is told of what could not be kept.
function createAudit(storage, { closing, onError }) {
  for (const name of LOGGED) {
    const channel = `koa-redis-session-sets:${name}`
    const keep = (event) => {
      storage.prepend('audit', JSON.stringify({ event: name, ...event }), KEPT).catch(onError)
    }
    subscribe(channel, keep)
    closing.addEventListener('abort', () => void unsubscribe(channel, keep))
  }

  async function read() {
    return (await storage.list('audit')).map((text) => JSON.parse(text))
  }

  return {
    recent: async () => (await read()).map(toEntry),

    async history({ field, value, id }) {
      const events = await read()
      return events
        .filter((event) => event.references[field] === value && (id ?? event.id) === event.id)
        .map(toEntry)
    },
  }
}

function toEntry({ event, at, id, references, ...details }) {
  return { event, at, id, details: { ...references, ...details } }
}

module.exports = { createAudit }
