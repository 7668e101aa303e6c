import type { ValueKeys } from '../../keys.js'
import { OVER_LIMIT_BEFORE } from './lib/limit.js'
import type { Slot } from './lib/join.js'
import { defineScript, flatEntries } from './lib/script.js'

/**
 * Reports the sessions over the limit that took their slots before a session did; a thousand at most. None if
 * that session has lost its slot.
 *
 * KEYS: the slots.
 * ARGV: as bound below.
 */
export const OVER_LIMIT = defineScript({
  lua: [
    OVER_LIMIT_BEFORE,
    /* lua */ `
local slots = KEYS[1]
local id, max, slot = unpack(ARGV, 1, 3)
return redis.call('ZSCORE', slots, id) and over_limit(slots, max, slot) or {}`,
  ],
  encode: (input: { keys: ValueKeys; id: string; max: number; slot: string }) => ({
    keys: [input.keys.slots],
    args: [input.id, String(input.max), input.slot],
  }),
  decode: (reply: string[]): readonly Slot[] => flatEntries(reply),
})
