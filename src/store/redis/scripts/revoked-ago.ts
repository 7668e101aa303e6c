import type { ValueKeys } from '../../keys.js'
import { REVOKED_FOR } from '../../store.js'
import { REVOCATION } from './lib/revocation.js'
import { defineScript, type Integer } from './lib/script.js'
import { NOW_US } from './lib/time.js'

/**
 * How long ago a value was last revoked, ms. A time in the future, of a primary whose clock was ahead, is now. With
 * `adopt` the key stands for much longer than an hour.
 *
 * KEYS: the value's revocation time.
 * ARGV: for how long it counts, ms.
 */
export const REVOKED_AGO = defineScript({
  lua: [
    NOW_US,
    REVOCATION,
    /* lua */ `
local _, time = revocation(KEYS[1])
if not time then return false end
local ago = math.max(0, math.floor((now_us() - time) / 1000))
return ago <= tonumber(ARGV[1]) and ago`,
  ],
  encode: ({ revoked }: Pick<ValueKeys, 'revoked'>) => ({
    keys: [revoked],
    args: [String(REVOKED_FOR)],
  }),
  decode: (reply: Integer | null) => (reply === null ? undefined : Number(reply)),
})
