import { afterAll, beforeAll, describe, inject } from 'vitest'
import { RedisStore } from '../../src/store/redis/redis-store.js'
import { type Connected, SINGLE } from '../support/clients/supported.js'
import { describeContract } from './contract.js'

/** The contract on one Redis, by clients that are supported. */
export function describeOnOneRedis(clients: readonly string[]): void {
  describe.each(clients)('one Redis, %s', (name) => {
    let connected: Connected
    beforeAll(async () => {
      connected = await SINGLE[name]!(inject('redisUrl'))
    })
    afterAll(() => connected.close())

    describeContract(name, (policy, prefix) => {
      const { client } = connected
      return new RedisStore({ client, prefix, timeout: 10_000, cluster: undefined }, policy)
    })
  })
}
