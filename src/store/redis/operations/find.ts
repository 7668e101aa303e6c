import type { Reference, SessionDetails, WalkOptions } from '../../store.js'
import type { RedisContext } from '../context.js'
import type { IndexProtocol } from '../indexing/index-protocol.js'
import { walk } from './walk.js'

/** Yields the live sessions that have a value. */
export async function* findSessions(
  context: RedisContext,
  index: IndexProtocol,
  reference: Reference,
  { signal }: WalkOptions = {},
): AsyncGenerator<SessionDetails, void, undefined> {
  const { connection } = context
  for await (const { ids } of walk(context, reference, signal)) {
    const call = connection.call()
    const sessions = await index.readPage(call, ids)
    const dead = ids.filter((_, i) => sessions[i] === undefined)
    if (dead.length > 0) await index.prune(connection.call(), reference, dead)
    for (const session of sessions) {
      signal?.throwIfAborted()
      if (session?.values[reference.field] === reference.value) yield session
    }
  }
}

/** The number of live sessions that have a value. */
export async function countSessions(
  context: RedisContext,
  index: IndexProtocol,
  reference: Reference,
  { signal }: WalkOptions = {},
): Promise<number> {
  const { connection, keys } = context
  let count = 0
  for await (const { ids, restarted } of walk(context, reference, signal)) {
    if (restarted) count = 0
    const call = connection.call()
    const values = await Promise.all(
      ids.map((id) => call.send('hget', [keys.session(id)], [reference.field])),
    )
    const dead = ids.filter((_, i) => values[i] === null)
    if (dead.length > 0) await index.prune(connection.call(), reference, dead)
    count += values.filter((value) => value === reference.value).length
  }
  return count
}
