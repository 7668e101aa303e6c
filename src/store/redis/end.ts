import { SessionError } from '../../errors.js'
import type { Call } from './connection.js'
import type { RedisContext } from './context.js'
import { DELETE } from './scripts/delete.js'
import type { Reference, Reply } from './set-protocol.js'

/** Ends one session: with a secret's hash only its owner's. Modelled in test/model as 'delete'. */
export async function endSession(
  { keys, references }: RedisContext,
  call: Call,
  id: string,
  secretHash: string,
): Promise<Reply> {
  const args = [secretHash, '', '', String(references.length), ...references]
  const replies = await call.run(DELETE, [keys.session(id), keys.superseded(id)], args)
  const [reply] = replies as [Reply]
  if (reply[0] === 'failed') throw unreadable(reply[1])
  return reply
}

/**
 * Ends by one script those of a set's sessions that have its value. On a single node it also takes
 * them out of the set, with those that do not belong there.
 *
 * @returns for each id what the script replies, or `['failed', error]`: never rejects, as one that
 * cannot be ended must not keep the others alive
 */
export async function endSome(
  { keys, references, protocol }: RedisContext,
  call: Call,
  { field, value }: Reference,
  ids: readonly string[],
): Promise<Reply[]> {
  const named = ids.flatMap((id) => [keys.session(id), keys.superseded(id)])
  const args = ['', field, value, String(references.length), ...references]
  if (protocol.oneNode) {
    named.push(keys.set(field, value))
    args.push(...ids)
  }
  try {
    const replies = (await call.run(DELETE, named, args)) as Reply[]
    return replies.map((reply) =>
      reply[0] === 'failed' ? ['failed', unreadable(reply[1])] : reply,
    )
  } catch (error) {
    return ids.map(() => ['failed', error])
  }
}

function unreadable(error: unknown): SessionError {
  const cause = new Error(String(error))
  return new SessionError('ERR_SESSION_STORE', 'Redis could not answer (see cause)', { cause })
}

/** The references in the reply to an ended session. */
export function referencesOf(context: RedisContext, values: readonly unknown[]): Reference[] {
  return context.references.flatMap((field, i) => {
    const value = values[i]
    return typeof value === 'string' ? [{ field, value }] : []
  })
}
