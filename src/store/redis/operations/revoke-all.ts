import {
  ADOPTABLE_FOR,
  PAGE,
  type Reference,
  type RevokeAllOptions,
  REVOKED_FOR,
} from '../../store.js'
import type { RedisContext } from '../context.js'
import type { IndexProtocol, RevokedPage } from '../indexing/index-protocol.js'
import { BEGIN_REVOCATION } from '../scripts/begin-revocation.js'
import type { ScannedPage } from '../scripts/lib/scan.js'
import { MOST_WALKS, walk } from './walk.js'

/** How many pages are under way together: Redis ends one while this process prepares the next. */
const PAGES_TOGETHER = 3

/**
 * Ends every session that has a value. The id of each is in the set from this call's start to its end, so one
 * full walk meets them all. Walks until a walk ends nothing: a node that took over in the middle may not know
 * yet which sessions have ended.
 */
export async function revokeAllSessions(
  context: RedisContext,
  index: IndexProtocol,
  reference: Reference,
  { except, reason, by = 'operator', signal, onProgress }: RevokeAllOptions = {},
): Promise<number> {
  signal?.throwIfAborted()
  const { connection, keys, policy } = context
  const { total, revokedAt, page } = await connection.call().run(BEGIN_REVOCATION, {
    keys: keys.ofValue(reference.field, reference.value),
    // It refuses old sessions that are adopted later.
    keepFor: policy.adopts === true ? ADOPTABLE_FOR : REVOKED_FOR,
    count: PAGE,
  })
  // A caller that is told of each page may stop before the next one.
  const together = onProgress === undefined ? PAGES_TOGETHER : 1
  let firstPage: ScannedPage | undefined = page
  let ended = 0
  let seen = 0
  for (let walks = 0; walks < MOST_WALKS; walks++) {
    const before = ended
    let failed: unknown
    let cursorless = false
    const pages: { readonly size: number; readonly revoked: Promise<RevokedPage> }[] = []
    const finishFirst = async (): Promise<void> => {
      const [first] = pages
      if (first === undefined) return
      const revoked = await first.revoked
      pages.shift()
      ended += revoked.ended
      // One session that cannot be ended must not keep the others alive.
      failed ??= revoked.failed
      seen = Math.min(seen + first.size, total)
      await onProgress?.({ ended, seen, total })
    }
    try {
      for await (const { ids, whole } of walk(context, reference, signal, firstPage)) {
        const others = ids.filter((id) => id !== except)
        const revocation = { reference, revokedAt, reason, by }
        const revoked = index.revokePage(connection.call(), revocation, others)
        pages.push({ size: ids.length, revoked })
        if (pages.length === together) await finishFirst()
        cursorless = whole
      }
      while (pages.length > 0) await finishFirst()
    } finally {
      // No page may end sessions after this call has rejected.
      await Promise.all(pages.map(({ revoked }) => revoked))
    }
    if (failed !== undefined) throw failed
    if (ended === before || cursorless) break
    firstPage = undefined
  }
  return ended
}
