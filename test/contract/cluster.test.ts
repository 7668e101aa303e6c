import { afterAll, beforeAll, describe, inject } from 'vitest'
import { RedisStore } from '../../src/store/redis/redis-store.js'
import { CLUSTER, type Connected, SINGLE } from '../support/clients/supported.js'
import { describeContract } from './contract.js'

describe.each(Object.entries(CLUSTER))('Redis Cluster, %s', (name, connect) => {
  let connected: Connected
  beforeAll(async () => {
    connected = await connect(inject('clusterNodes'))
  })
  afterAll(() => connected.close())

  describeContract(name, (policy, prefix) => {
    const { client } = connected
    return new RedisStore({ client, prefix, timeout: 10_000, cluster: undefined }, policy)
  })
})

describe('a cluster behind a proxy: a single client and cluster: true', () => {
  let connected: Connected
  beforeAll(async () => {
    connected = await SINGLE['ioredis 6']!(inject('redisUrl'))
  })
  afterAll(() => connected.close())

  describeContract('cluster: true', (policy, prefix) => {
    const { client } = connected
    return new RedisStore({ client, prefix, timeout: 10_000, cluster: true }, policy)
  })
})
