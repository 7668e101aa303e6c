import type { Reference, StorePolicy } from '../store.js'
import type { Connection } from './connection.js'
import type { Keys } from '../keys.js'
import type { SetProtocol } from './set-protocol.js'

/** What the store's methods share. */
export interface RedisContext {
  readonly connection: Connection
  readonly keys: Keys
  readonly policy: StorePolicy
  readonly protocol: SetProtocol
  /** The names of all references, in one order. */
  readonly references: readonly string[]
}

/** Those of some fields that are references, in the order in which scripts expect them. */
export function referencesAmong(
  context: RedisContext,
  values: ReadonlyMap<string, string>,
): Reference[] {
  const among: Reference[] = []
  for (const field of context.references) {
    const value = values.get(field)
    if (value !== undefined) among.push({ field, value })
  }
  return among
}
