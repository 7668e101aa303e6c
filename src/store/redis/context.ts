import type { Keys } from '../keys.js'
import type { Moment, Reference, StorePolicy } from '../store.js'
import type { Background } from './background.js'
import type { Connection } from './client/connection.js'
import type { ServerClock } from './server-clock.js'
import { SERVER_TIME } from './scripts/server-time.js'

/** What the store's operations share. */
export interface RedisContext {
  readonly connection: Connection
  readonly keys: Keys
  readonly policy: StorePolicy
  /** The names of all references, in one order. */
  readonly references: readonly string[]
  readonly clock: ServerClock
  /** What the store closes last. */
  readonly background: Background
}

/** Redis's clock, as a server tells it that has a session. */
export function serverNow(
  { clock, connection, keys }: RedisContext,
  id: string,
): Moment | Promise<Moment> {
  return clock.now(() => connection.call().run(SERVER_TIME, { hash: keys.session(id) }))
}

/** The references among some fields, in the order that scripts expect. */
export function referencesAmong(
  { references }: RedisContext,
  values: ReadonlyMap<string, string>,
): Reference[] {
  const among: Reference[] = []
  for (const field of references) {
    const value = values.get(field)
    if (value !== undefined) among.push({ field, value })
  }
  return among
}
