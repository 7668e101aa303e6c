'use strict'

// Stores short strings, and short lists of them, for all processes: in Redis, or in memory.

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
    // Keeps the first `max` of the list.
    async prepend(key, value, max) {
      await client.lpush(redisKey(key), value)
      await client.ltrim(redisKey(key), 0, max - 1)
    },
    list: (key) => client.lrange(redisKey(key), 0, -1),
  }
}

function inMemory() {
  const values = new Map()
  const lists = new Map()
  return {
    get: async (key) => values.get(key),
    async set(key, value) {
      values.set(key, value)
    },
    async prepend(key, value, max) {
      lists.set(key, [value, ...(lists.get(key) ?? [])].slice(0, max))
    },
    list: async (key) => lists.get(key) ?? [],
  }
}

module.exports = { createStorage }
