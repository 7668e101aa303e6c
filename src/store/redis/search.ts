import {
  type DeleteAllOptions,
  PAGE,
  REVOKED_FOR,
  type SessionDetails,
  type WalkOptions,
} from '../store.js'
import type { RedisContext } from './context.js'
import { chunks } from './chunks.js'
import { endPage } from './end.js'
import { inspectSession } from './read.js'
import { MARK } from './scripts/mark.js'
import { type Reference, tidy } from './set-protocol.js'

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
  let marked = await mark(context, reference)
  let start: Scanned | undefined = marked.first
  const { total } = marked
  let ended = 0
  let seen = 0
  for (let walks = 0; walks < MOST_WALKS; walks++) {
    const before = ended
    let failed: unknown
    let cursorless = false
    for await (const { ids, whole } of walk(context, reference, signal, start)) {
      const page = ids.filter((id) => id !== except)
      const outcome = await endPage(context, reference, page, marked.at)
      ended += outcome.ended
      // One session that cannot be ended must not keep the others alive.
      failed ??= outcome.failed
      seen = Math.min(seen + ids.length, total)
      await onProgress?.({ ended, seen, total })
      cursorless = whole
    }
    if (failed !== undefined) throw failed
    if (ended === before || (cursorless && marked.left)) break
    start = undefined
    // A server that was full may take it now.
    if (!marked.left) {
      marked = await mark(context, reference)
      start = marked.first
    }
  }
  return ended
}

/** What a revokeAll begins with. */
interface Marked {
  readonly total: number
  readonly first: Scanned
  /** When, µs of the set's node. */
  readonly at: number
  /** Whether those are refused who will ask to join and were under way by then: not by a full server. */
  readonly left: boolean
}

async function mark(
  { connection, keys }: RedisContext,
  { field, value }: Reference,
): Promise<Marked> {
  const [set, revoked] = keys.ofValue(field, value)
  const args = [String(REVOKED_FOR), String(PAGE)]
  const reply = (await connection.call().run(MARK, [set, revoked], args)) as unknown[]
  const [total, first, at, left] = reply
  return { total: Number(total), first: first as Scanned, at: Number(at), left: Number(left) === 1 }
}

async function prune(
  context: RedisContext,
  reference: Reference,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await context.protocol.prune(context.connection.call(), reference, ids)
}

/** What SSCAN replies. */
type Scanned = readonly [next: string, ids: readonly string[]]

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
  start?: Scanned,
): AsyncGenerator<Page, void, undefined> {
  const set = [keys.set(field, value)]
  const scan = async (cursor: string): Promise<Scanned> => {
    const args = [cursor, 'COUNT', String(PAGE)]
    return (await connection.call().send('sscan', set, args)) as Scanned
  }
  signal?.throwIfAborted()
  let reply = start === undefined ? scan('0') : Promise.resolve(start)
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
