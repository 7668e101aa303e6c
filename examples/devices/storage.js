'use strict'

// Stores short strings for all processes: in Redis, or in memory.

function createStorage(client) {
  return client ? inRedis(client) : inMemory()
}

function inRedis(client) {
  const redisKey = (key) => `devices:${key}`
  return {
    get: async (key) => (await client.get(redisKey(key))) ?? undefined,
    async set(key, value) {
      await client.set(redisKey(key), value)
    },
  }
}

function inMemory() {
  const values = new Map()
  return {
    get: async (key) => values.get(key),
    async set(key, value) {
      values.set(key, value)
    },
  }
}

module.exports = { createStorage }
