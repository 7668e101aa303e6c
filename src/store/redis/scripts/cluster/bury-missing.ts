import { defineScript, type Integer } from '../lib/script.js'
import { TIME } from '../lib/time.js'
import { BURY } from '../lib/tombstone.js'

interface Input {
  readonly hash: string
  readonly tombstone: string
  /** How long the tombstone stands, ms. */
  readonly buryFor: number
}

/**
 * Leaves a tombstone where a session is missing, so that none is created there any more. Returns whether it was.
 *
 * KEYS: its hash, its tombstone.
 * ARGV: as bound below.
 */
export const BURY_MISSING = defineScript({
  lua: [
    TIME,
    BURY,
    /* lua */ `
local hash, tombstone = KEYS[1], KEYS[2]
local bury_for = ARGV[1]
if redis.call('EXISTS', hash) == 1 then return 0 end
bury(tombstone, 'ended', 0, now_ms(), bury_for)
return 1`,
  ],
  encode: ({ hash, tombstone, buryFor }: Input) => ({
    keys: [hash, tombstone],
    args: [String(buryFor)],
  }),
  decode: (missing: Integer) => Number(missing) === 1,
})
