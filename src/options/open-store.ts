import { optionsError } from '../errors.js'
import type { MaybeFields } from '../fields/types.js'
import { MemoryStore } from '../store/memory/memory-store.js'
import { RedisStore } from '../store/redis/redis-store.js'
import type { Store, StorePolicy } from '../store/store.js'
import { checkBoolean } from './checks.js'
import type { SessionOptions } from './session-options.js'

export function openStore(
  { client, store, prefix = 'session', cluster }: SessionOptions<MaybeFields>,
  timeout: number,
  policy: StorePolicy,
): Store {
  if (typeof prefix !== 'string' || prefix === '' || /[{}]/.test(prefix)) {
    throw optionsError(
      'options.prefix must be a non-empty string without braces, which assign keys to cluster nodes',
    )
  }
  checkBoolean('cluster', cluster)
  if (client !== undefined && store !== undefined) {
    throw optionsError('options.client and options.store are mutually exclusive')
  }
  if (client !== undefined) return new RedisStore({ client, prefix, timeout, cluster }, policy)
  if (store !== undefined) {
    if (typeof store?.open !== 'function') throw optionsError('options.store must be a MemoryStore')
    return store.open(policy, prefix)
  }
  if (process.env['NODE_ENV'] === 'production') {
    throw optionsError(
      'options.client is missing, and sessions in memory are lost when the process exits; if that ' +
        'is intended, set store: new MemoryStore()',
    )
  }
  return new MemoryStore().open(policy, prefix)
}
