import type { ValueKeys } from '../../keys.js'
import { REVOCATION } from './lib/revocation.js'
import { SCAN_PAGE, type ScannedPage, type ScannedReply, toScannedPage } from './lib/scan.js'
import { defineScript, type Integer } from './lib/script.js'
import { NOW_US } from './lib/time.js'

interface Input {
  readonly keys: ValueKeys
  /** How long sign-ins under way are refused, ms. */
  readonly keepFor: number
  /** Members a page. */
  readonly count: number
}

interface Begun {
  /** The number of the set's members. */
  readonly total: number
  /** µs */
  readonly revokedAt: number
  readonly page: ScannedPage
}

/**
 * Begins a revokeAll: sets the value's revocation time, which refuses sign-ins under way, and reads the set's
 * first page.
 *
 * KEYS: the set, its revocation time.
 * ARGV: as bound below.
 */
export const BEGIN_REVOCATION = defineScript({
  lua: [
    NOW_US,
    SCAN_PAGE,
    REVOCATION,
    /* lua */ `
local set, revoked = KEYS[1], KEYS[2]
local keep_for, count = ARGV[1], ARGV[2]
local page = scan_page(set, '0', count)
-- Later than the last one, also on a new primary whose clock is behind.
local revoked_at = math.max(now_us(), (revocation(revoked) or 0) + 1)
-- A process that adopts no sessions must not cut short the time of one that does.
keep_for = math.max(keep_for, redis.call('PTTL', revoked))
-- A full server refuses the first write of a script, unless that frees memory. Ending matters more.
redis.call('DEL', revoked)
redis.call('SET', revoked, revoked_at, 'PX', keep_for)
return {redis.call('SCARD', set), revoked_at, page}`,
  ],
  encode: ({ keys, keepFor, count }: Input) => ({
    keys: [keys.set, keys.revoked],
    args: [String(keepFor), String(count)],
  }),
  decode: ([total, revokedAt, page]: [Integer, Integer, ScannedReply]): Begun => ({
    total: Number(total),
    revokedAt: Number(revokedAt),
    page: toScannedPage(page),
  }),
})
