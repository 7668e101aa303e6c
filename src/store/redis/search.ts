import { SessionError } from '../../errors.js'
import {
  type DeleteAllOptions,
  PAGE,
  type Reference,
  REVOKED_FOR,
  type SessionDetails,
  type WalkOptions,
} from '../store.js'
import type { RedisContext } from './context.js'
import { chunks } from './chunks.js'
import { endPage } from './end.js'
import { inspectSession } from './read.js'
import { MARK } from './scripts/mark.js'
import { READ_PAGE } from './scripts/page.js'
import { tidy } from './set-protocol.js'

/** How often a set is walked, where servers fail over meanwhile. */
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
  for await (const { ids, restarted } of walk(context, reference, signal)) {
    if (restarted) count = 0
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
 * end, so one full walk meets them all. It walks until a walk ends nothing: a node that took over in the
 * middle may not know yet what was ended. Modelled in test/model as 'mark'.
 */
export async function endSessions(
  context: RedisContext,
  reference: Reference,
  { except, signal, onProgress }: DeleteAllOptions = {},
): Promise<number> {
  signal?.throwIfAborted()
  const { connection } = context
  const { total, mark, page } = await begin(context, reference)
  let start: Scanned | undefined = page
  let ended = 0
  let seen = 0
  for (let walks = 0; walks < MOST_WALKS; walks++) {
    const before = ended
    let failed: unknown
    let cursorless = false
    for await (const { ids, whole } of walk(context, reference, signal, start)) {
      const others = ids.filter((id) => id !== except)
      const outcome = await endPage(context, connection.call(), reference, others, { mark })
      ended += outcome.ended
      // One session that cannot be ended must not keep the others alive.
      failed ??= outcome.failed
      seen = Math.min(seen + ids.length, total)
      await onProgress?.({ ended, seen, total })
      cursorless = whole
    }
    if (failed !== undefined) throw failed
    if (ended === before || cursorless) break
    start = undefined
  }
  return ended
}

/** Marks a set for requests that are under way, and reads its first page. */
async function begin(
  { connection, keys }: RedisContext,
  { field, value }: Reference,
): Promise<{ total: number; mark: number; page: Scanned }> {
  const [set, revoked] = keys.ofValue(field, value)
  const args = [String(REVOKED_FOR), String(PAGE)]
  const reply = (await connection.call().run(MARK, [set, revoked], args)) as unknown[]
  return { total: Number(reply[0]), mark: Number(reply[1]), page: reply[2] as Scanned }
}

async function prune(
  context: RedisContext,
  reference: Reference,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await context.protocol.prune(context.connection.call(), reference, ids)
}

/** A page as scripts/script.ts returns it; `server` tells which process did, where there is a next one. */
type Scanned = readonly [next: string, ids: readonly string[], server?: string]

interface Page {
  readonly ids: readonly string[]
  /** Whether the walk begins again after it, from the start; it has no ids then. */
  readonly restarted: boolean
  /** Whether one reply had the whole set, so that there was no cursor. */
  readonly whole: boolean
}

/**
 * The ids in a set, page by page, in bounded memory; one may come twice while the set shrinks. Where
 * another server takes over, the walk begins again. Modelled in test/model as 'scan'.
 */
async function* walk(
  { connection, keys }: RedisContext,
  { field, value }: Reference,
  signal: AbortSignal | undefined,
  start?: Scanned,
): AsyncGenerator<Page, void, undefined> {
  const set = [keys.set(field, value)]
  const read = async (from: string): Promise<Scanned> =>
    (await connection.call().run(READ_PAGE, set, [from, String(PAGE)])) as Scanned
  signal?.throwIfAborted()
  let reply = start === undefined ? read('0') : Promise.resolve(start)
  for (let walks = 0; walks < MOST_WALKS; walks++) {
    if (walks > 0) {
      yield { ids: [], restarted: true, whole: false }
      reply = read('0')
    }
    let told: string | undefined
    for (let from = '0'; ;) {
      const [next, ids, server] = await reply
      signal?.throwIfAborted()
      if (from === '0') told = server
      else if (server !== told) break
      const last = next === '0'
      if (!last) {
        // Under way while this page is worked on: what leaves a set meanwhile upsets no cursor.
        reply = read(next)
        reply.catch(() => {}) // Who leaves early does not wait for it.
      }
      for (const part of chunks([...new Set(ids)], PAGE)) {
        yield { ids: part, restarted: false, whole: from === '0' && last }
        signal?.throwIfAborted()
      }
      if (last) return
      from = next
    }
  }
  throw new SessionError('ERR_SESSION_STORE', 'Redis failed over again and again meanwhile')
}
