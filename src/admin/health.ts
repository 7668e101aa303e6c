import { SessionError } from '../index.js'
import type { AnySessionMiddleware } from './search.js'

/** Where the sessions are; how long a read of one took, in ms; and what it failed with. */
export type Health =
  | { readonly store: 'memory' }
  | { readonly store: 'Redis'; readonly duration: number }
  | { readonly store: 'Redis'; readonly error: SessionError }

/** Reads a session that does not exist: one command. */
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
