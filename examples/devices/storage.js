'use strict'

// A place for short texts beside the sessions, which every process sees: in Redis, or in memory.

function createStorage(client) {
  return client ? inRedis(client) : inMemory()
}

function inRedis(client) {
  const redisKey = (key) => `devices:${key}`
  return {
    get: async (key) => (await client.get(redisKey(key))) ?? undefined,
    async set(key, text, seconds) {
      await (seconds
        ? client.set(redisKey(key), text, 'EX', seconds)
        : client.set(redisKey(key), text))
    },
  }
}

function inMemory() {
  const texts = new Map()
  // By the clock, and not by a timer, which cannot wait for longer than 24.8 days.
  const forget = () => {
    for (const [key, { until }] of texts) if (until <= Date.now()) texts.delete(key)
  }
  return {
    async get(key) {
      forget()
      return texts.get(key)?.text
    },
    async set(key, text, seconds = Infinity) {
      forget()
      texts.set(key, { text, until: Date.now() + seconds * 1000 })
    },
  }
}

module.exports = { createStorage }
