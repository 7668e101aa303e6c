import { afterAll, beforeAll, describe, inject } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { type Connected, SINGLE } from '../clients.js'
import { describeContract } from '../contract.js'

describe.each(Object.entries(SINGLE))('one Redis, %s', (name, connect) => {
  let connected: Connected
  beforeAll(async () => {
    connected = await connect(inject('redisUrl'))
  })
  afterAll(() => connected.close())

  describeContract(name, (policy, prefix) => {
    const { client } = connected
    return new RedisStore({ client, prefix, timeout: 10_000, cluster: undefined }, policy)
  })
})
