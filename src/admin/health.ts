import { SessionError } from '../index.js'
import type { AnySessionMiddleware } from './search.js'

/** Where the sessions are stored; for Redis, how long it took to read one (ms), or how that failed. */
export type Health =
  | { readonly store: 'memory' }
  | { readonly store: 'Redis'; readonly duration: number }
  | { readonly store: 'Redis'; readonly error: SessionError }

/** Checks the store by reading a session that does not exist: one command. */
export async function checkHealth(Session: AnySessionMiddleware): Promise<Health> {
  const { store } = Session
  if (store.client === undefined) return { store: 'memory' }
  const start = performance.now()
  try {
    await store.get(store.createSessionId())
    return { store: 'Redis', duration: performance.now() - start }
  } catch (error) {
    if (error instanceof SessionError && error.code === 'ERR_SESSION_STORE') {
      return { store: 'Redis', error }
    }
    throw error
  }
}
