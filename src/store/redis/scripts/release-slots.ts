import type { ValueKeys } from '../../keys.js'
import type { Slot } from './lib/join.js'
import { defineScript } from './lib/script.js'

/**
 * Releases slots, unless their sessions have taken them again since.
 *
 * KEYS: the slots.
 * ARGV: ids, each with the time at which it took its slot.
 */
export const RELEASE_SLOTS = defineScript({
  lua: [
    /* lua */ `
local slots = KEYS[1]
for i = 1, #ARGV, 2 do
  local id, slot = ARGV[i], ARGV[i + 1]
  -- As numbers: servers write large ones in more ways than one.
  local taken = redis.call('ZSCORE', slots, id)
  if taken and tonumber(taken) == tonumber(slot) then redis.call('ZREM', slots, id) end
end`,
  ],
  encode: (input: { keys: ValueKeys; slots: readonly Slot[] }) => ({
    keys: [input.keys.slots],
    args: input.slots.flat(),
  }),
  decode: () => undefined,
})
