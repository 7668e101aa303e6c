import type { RedisClient } from '../../src/index.js'
import { RedisStore } from '../../src/store/redis/redis-store.js'
import { freshPrefix, login, POLICY } from './store.js'

/** Watches a session until its end is told. */
export async function watchOneEnd(options: {
  readonly client: RedisClient
  readonly cluster: boolean
}): Promise<void> {
  const store = new RedisStore({ ...options, prefix: freshPrefix(), timeout: 10_000 }, POLICY)
  const { id } = await login(store)
  const told = new Promise<void>((resolve) => {
    store.watch(id, { owns: () => true, proves: () => true, onEnd: () => resolve() })
  })
  await store.delete(id)
  await told
  await store.close()
}
