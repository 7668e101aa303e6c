'use strict'

// Stores short strings for all processes: in Redis, or in memory.

function createStorage(client) {
  return client ? inRedis(client) : inMemory()
}

function inRedis(client) {
  const redisKey = (key) => `devices:${key}`
  return {
    get: async (key) => (await client.get(redisKey(key))) ?? undefined,
    async set(key, value, seconds) {
      await (seconds
        ? client.set(redisKey(key), value, 'EX', seconds)
        : client.set(redisKey(key), value))
    },
  }
}

function inMemory() {
  const values = new Map()
  // Not by a timer, which cannot wait longer than 24.8 days.
  const forget = () => {
    for (const [key, { until }] of values) if (until <= Date.now()) values.delete(key)
  }
  return {
    async get(key) {
      forget()
      return values.get(key)?.value
    },
    async set(key, value, seconds = Infinity) {
      forget()
      values.set(key, { value, until: Date.now() + seconds * 1000 })
    },
  }
}

module.exports = { createStorage }
