import { type DeleteAllOptions, PAGE, type SessionDetails, type WalkOptions } from '../store.js'
import type { RedisContext } from './context.js'
import { endSome, referencesOf } from './end.js'
import { inspectSession } from './read.js'
import { type Reference, tidy } from './set-protocol.js'

/** How many sessions one script ends on a single node: in less than a ms of the server's time. */
const TOGETHER = 100

/** A failover can upset a cursor, so a set is walked until a walk ends nothing, but not for ever. */
const MOST_WALKS = 5

/** Yields the live sessions that have a value. Modelled in test/model as 'inspect'. */
export async function* findSessions(
  context: RedisContext,
  reference: Reference,
  { signal }: WalkOptions = {},
): AsyncGenerator<SessionDetails, void, undefined> {
  const { connection } = context
  for await (const { ids } of walk(context, reference, signal)) {
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
      signal?.throwIfAborted()
      if (session?.values[reference.field] === reference.value) yield session
    }
  }
}

/** The number of live sessions that have a value. */
export async function countSessions(
  context: RedisContext,
  reference: Reference,
  { signal }: WalkOptions = {},
): Promise<number> {
  const { connection, keys } = context
  let count = 0
  for await (const { ids } of walk(context, reference, signal)) {
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
  { except, signal, onProgress }: DeleteAllOptions = {},
): Promise<number> {
  signal?.throwIfAborted()
  const total = onProgress === undefined ? 0 : await setSize(context, reference)
  let ended = 0
  let seen = 0
  for (let walks = 0; walks < MOST_WALKS; walks++) {
    const before = ended
    let failed: unknown
    let cursorless = false
    for await (const { ids, whole } of walk(context, reference, signal)) {
      const page = ids.filter((id) => id !== except)
      const outcome = await endPage(context, reference, page)
      ended += outcome.ended
      // One session that cannot be ended must not keep the others alive.
      failed ??= outcome.failed
      seen = Math.min(seen + ids.length, total)
      await onProgress?.({ ended, seen, total })
      cursorless = whole
    }
    if (failed !== undefined) throw failed
    if (ended === before || cursorless) break
  }
  return ended
}

async function setSize(
  { connection, keys }: RedisContext,
  { field, value }: Reference,
): Promise<number> {
  return Number(await connection.call().send('scard', [keys.set(field, value)]))
}

/**
 * Ends the sessions of one page, and takes them out of their sets. Modelled in test/model as 'end',
 * and what follows it.
 */
async function endPage(
  context: RedisContext,
  reference: Reference,
  ids: readonly string[],
): Promise<{ ended: number; failed: unknown }> {
  const call = context.connection.call()
  const { oneNode } = context.protocol
  const parts = chunks(ids, oneNode ? TOGETHER : 1)
  const replies = await Promise.all(parts.map((part) => endSome(context, call, reference, part)))
  const sets = new Map<string, { reference: Reference; ids: string[] }>()
  const gone: string[] = []
  let ended = 0
  let failed: unknown
  for (const [i, [status, ...values]] of replies.flat().entries()) {
    const id = ids[i] ?? ''
    if (status === 'gone') gone.push(id)
    if (status === 'failed') failed ??= values[0]
    if (status !== 'ended') continue
    ended++
    for (const one of referencesOf(context, values)) {
      // The script did this one already.
      if (oneNode && one.field === reference.field) continue
      const key = context.keys.set(one.field, one.value)
      const set = sets.get(key) ?? { reference: one, ids: [] }
      set.ids.push(id)
      sets.set(key, set)
    }
  }
  await tidy(
    Promise.all([
      ...[...sets.values()].map((set) => context.protocol.ended(call, set.reference, set.ids)),
      oneNode ? undefined : prune(context, reference, gone),
    ]),
  )
  return { ended, failed }
}

async function prune(
  context: RedisContext,
  reference: Reference,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await context.protocol.prune(context.connection.call(), reference, ids)
}

interface Page {
  readonly ids: readonly string[]
  /** Whether one reply had the whole set, so that there was no cursor. */
  readonly whole: boolean
}

/**
 * The ids in a set, page by page, in bounded memory; one may come twice while the set shrinks.
 * Modelled in test/model as 'scan'.
 */
async function* walk(
  { connection, keys }: RedisContext,
  { field, value }: Reference,
  signal: AbortSignal | undefined,
): AsyncGenerator<Page, void, undefined> {
  const set = [keys.set(field, value)]
  const scan = async (cursor: string): Promise<[next: string, ids: string[]]> => {
    const args = [cursor, 'COUNT', String(PAGE)]
    return (await connection.call().send('sscan', set, args)) as [string, string[]]
  }
  signal?.throwIfAborted()
  let reply = scan('0')
  for (let first = true; ; first = false) {
    const [next, ids] = await reply
    const last = next === '0'
    signal?.throwIfAborted()
    if (!last) {
      // Under way while this page is worked on: what leaves a set meanwhile upsets no cursor.
      reply = scan(next)
      reply.catch(() => {}) // Who leaves early does not wait for it.
    }
    for (const part of chunks([...new Set(ids)], PAGE)) {
      yield { ids: part, whole: first && last }
      signal?.throwIfAborted()
    }
    if (last) break
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
