import { SessionError } from '../../../errors.js'
import { PAGE, type Reference } from '../../store.js'
import type { RedisContext } from '../context.js'
import type { ScannedPage } from '../scripts/lib/scan.js'
import { SCAN_SET } from '../scripts/scan-set.js'
import { chunks } from './chunks.js'

/** How often a set is walked, where servers fail over meanwhile. */
export const MOST_WALKS = 5

interface Page {
  readonly ids: readonly string[]
  /** Whether the walk begins again after it, from the start; it has no ids then. */
  readonly restarted: boolean
  /** Whether this is the whole set, so that no other server can have taken over between two pages. */
  readonly whole: boolean
}

/**
 * The ids in a set, page by page, in bounded memory (see scan.ts); one may come twice while the set shrinks. The walk
 * begins again where another server takes over.
 */
export async function* walk(
  { connection, keys }: RedisContext,
  { field, value }: Reference,
  signal: AbortSignal | undefined,
  firstPage?: ScannedPage,
): AsyncGenerator<Page, void, undefined> {
  const set = keys.set(field, value)
  const scan = (cursor: string) => connection.call().run(SCAN_SET, { set, cursor, count: PAGE })
  signal?.throwIfAborted()
  let scanning = firstPage === undefined ? scan('0') : Promise.resolve(firstPage)
  for (let walks = 0; walks < MOST_WALKS; walks++) {
    if (walks > 0) {
      yield { ids: [], restarted: true, whole: false }
      scanning = scan('0')
    }
    let issuedBy: string | undefined
    for (let cursor = '0'; ;) {
      const { next, ids, server } = await scanning
      signal?.throwIfAborted()
      if (cursor === '0') issuedBy = server
      else if (server !== issuedBy) break
      const last = next === '0'
      if (!last) {
        // Under way while this page is worked on: members that leave a set meanwhile upset no cursor.
        scanning = scan(next)
        scanning.catch(() => {}) // A caller that leaves early does not wait for it.
      }
      const parts = chunks([...new Set(ids)], PAGE)
      const whole = cursor === '0' && last && parts.length === 1
      for (const part of parts) {
        yield { ids: part, restarted: false, whole }
        signal?.throwIfAborted()
      }
      if (last) return
      cursor = next
    }
  }
  throw new SessionError('ERR_SESSION_STORE', 'Redis failed over again and again meanwhile')
}
