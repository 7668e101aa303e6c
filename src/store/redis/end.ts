import type { Call } from './connection.js'
import type { RedisContext } from './context.js'
import { DELETE } from './scripts/delete.js'
import type { Reference, Reply } from './set-protocol.js'

/**
 * Ends one session: with a secret's hash only its owner's, with `only` while it has that value.
 * Modelled in test/model as 'delete'.
 */
export async function endSession(
  { keys, references }: RedisContext,
  call: Call,
  id: string,
  secretHash: string,
  only: Reference = { field: '', value: '' },
): Promise<Reply> {
  return (await call.run(
    DELETE,
    [keys.session(id), keys.superseded(id)],
    [secretHash, only.field, only.value, ...references],
  )) as Reply
}

/** The references in the reply to an ended session. */
export function referencesOf(context: RedisContext, values: readonly unknown[]): Reference[] {
  return context.references.flatMap((field, i) => {
    const value = values[i]
    return typeof value === 'string' ? [{ field, value }] : []
  })
}
