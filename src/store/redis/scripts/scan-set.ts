import { SCAN_PAGE, type ScannedReply, toScannedPage } from './lib/scan.js'
import { defineScript } from './lib/script.js'

/**
 * Reads a page of a set (lib/scan.ts).
 *
 * KEYS: the set.
 * ARGV: the cursor, '0' at first; the number of members a page.
 */
export const SCAN_SET = defineScript({
  lua: [
    SCAN_PAGE,
    /* lua */ `
local set, cursor, count = KEYS[1], ARGV[1], ARGV[2]
return scan_page(set, cursor, count)`,
  ],
  encode: ({ set, cursor, count }: { set: string; cursor: string; count: number }) => ({
    keys: [set],
    args: [cursor, String(count)],
  }),
  decode: (reply: ScannedReply) => toScannedPage(reply),
})
