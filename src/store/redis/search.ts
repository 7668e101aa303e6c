import type { SessionDetails } from '../store.js'
import type { RedisContext } from './context.js'
import { endSession, referencesOf } from './end.js'
import { inspectSession } from './read.js'
import { type Reference, tidy } from './set-protocol.js'

/** How many ids are looked at together: bounds memory, and the time of each command. */
const PAGE = 500

/** A failover can upset a cursor, so a set is walked until a walk ends nothing, but not for ever. */
const MOST_WALKS = 5

/** Yields the live sessions that have a value. Modelled in test/model as 'inspect'. */
export async function* findSessions(
  context: RedisContext,
  reference: Reference,
): AsyncGenerator<SessionDetails, void, undefined> {
  const { connection } = context
  for await (const ids of walk(context, reference)) {
    const call = connection.call()
    const sessions = await Promise.all(ids.map((id) => inspectSession(context, call, id)))
    await tidy(
      prune(
        context,
        reference,
        ids.filter((_, i) => sessions[i] === undefined),
      ),
    )
    for (const session of sessions) {
      if (session?.values[reference.field] === reference.value) yield session
    }
  }
}

/** The number of live sessions that have a value. */
export async function countSessions(context: RedisContext, reference: Reference): Promise<number> {
  const { connection, keys } = context
  let count = 0
  for await (const ids of walk(context, reference)) {
    const call = connection.call()
    const values = await Promise.all(
      ids.map((id) => call.send('hget', [keys.session(id)], [reference.field])),
    )
    await tidy(
      prune(
        context,
        reference,
        ids.filter((_, i) => values[i] === null),
      ),
    )
    count += values.filter((value) => value === reference.value).length
  }
  return count
}

/**
 * Ends every session that has a value. The id of each is in the set from this call's start to its
 * end, so one full walk meets them all.
 */
export async function endSessions(
  context: RedisContext,
  reference: Reference,
  except: string | undefined,
): Promise<number> {
  let total = 0
  for (let walks = 0; walks < MOST_WALKS; walks++) {
    let ended = 0
    const failures: unknown[] = []
    for await (const ids of walk(context, reference)) {
      const page = ids.filter((id) => id !== except)
      ended += await endPage(context, reference, page, failures)
    }
    total += ended
    // One session that cannot be ended must not keep the others alive.
    if (failures.length > 0) throw failures[0]
    if (ended === 0) break
  }
  return total
}

/** Modelled in test/model as 'end', and what follows it. */
async function endPage(
  context: RedisContext,
  reference: Reference,
  ids: readonly string[],
  failures: unknown[],
): Promise<number> {
  const call = context.connection.call()
  const replies = await Promise.allSettled(
    ids.map((id) => endSession(context, call, id, '', reference)),
  )
  const sets = new Map<string, { reference: Reference; ids: string[] }>()
  const gone: string[] = []
  let ended = 0
  for (const [i, id] of ids.entries()) {
    const reply = replies[i]
    if (reply?.status !== 'fulfilled') {
      failures.push(reply?.reason)
      continue
    }
    const [status, ...values] = reply.value
    if (status === 'gone') gone.push(id)
    if (status !== 'ended') continue
    ended++
    for (const one of referencesOf(context, values)) {
      const key = context.keys.set(one.field, one.value)
      const set = sets.get(key) ?? { reference: one, ids: [] }
      set.ids.push(id)
      sets.set(key, set)
    }
  }
  await tidy(
    Promise.all([
      ...[...sets.values()].map((set) => context.protocol.ended(call, set.reference, set.ids)),
      prune(context, reference, gone),
    ]),
  )
  return ended
}

async function prune(
  context: RedisContext,
  reference: Reference,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await context.protocol.prune(context.connection.call(), reference, ids)
}

/**
 * The ids in a set, page by page, in bounded memory; one may come twice while the set shrinks.
 * Modelled in test/model as 'scan'.
 */
async function* walk(
  { connection, keys }: RedisContext,
  { field, value }: Reference,
): AsyncGenerator<string[], void, undefined> {
  const set = [keys.set(field, value)]
  let cursor = '0'
  do {
    const reply = await connection.call().send('sscan', set, [cursor, 'COUNT', String(PAGE)])
    const [next, ids] = reply as [string, string[]]
    if (ids.length > 0) yield [...new Set(ids)]
    cursor = next
  } while (cursor !== '0')
}
