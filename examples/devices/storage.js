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
  return {
    get: async (key) => texts.get(key),
    async set(key, text, seconds) {
      texts.set(key, text)
      if (seconds) setTimeout(() => texts.delete(key), seconds * 1000).unref()
    },
  }
}

module.exports = { createStorage }
