import type { Keys } from '../keys.js'
import type { Reference, StorePolicy } from '../store.js'
import type { Connection } from './client/connection.js'

/** What the store's operations share. */
export interface RedisContext {
  readonly connection: Connection
  readonly keys: Keys
  readonly policy: StorePolicy
  /** The names of all references, in one order. */
  readonly references: readonly string[]
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
