import { Redis } from 'ioredis'
import { inject } from 'vitest'

let client: Redis | undefined

/** The worker's own connection to the tests' Redis. It ends with the worker. */
export function redis(): Redis {
  client ??= new Redis(inject('redisUrl'))
  return client
}
