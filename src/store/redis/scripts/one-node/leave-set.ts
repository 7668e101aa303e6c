import type { ValueKeys } from '../../../keys.js'
import type { Reference } from '../../../store.js'
import { defineScript } from '../lib/script.js'

interface Input {
  readonly reference: Reference
  readonly keys: ValueKeys
  readonly sessions: readonly { id: string; hash: string }[]
}

/**
 * Takes ids, and their slots, out of a set if their sessions do not have its value.
 *
 * KEYS: the set, its slots; then the hashes of the sessions.
 * ARGV: as bound below; then the ids.
 */
export const LEAVE_SET = defineScript({
  lua: [
    /* lua */ `
local set, slots = KEYS[1], KEYS[2]
local field, value = ARGV[1], ARGV[2]
for i = 3, #KEYS do
  local hash, id = KEYS[i], ARGV[i]
  if redis.call('HGET', hash, field) ~= value then
    redis.call('SREM', set, id)
    redis.call('ZREM', slots, id)
  end
end`,
  ],
  encode: ({ reference: { field, value }, keys: { set, slots }, sessions }: Input) => ({
    keys: [set, slots, ...sessions.map(({ hash }) => hash)],
    args: [field, value, ...sessions.map(({ id }) => id)],
  }),
  decode: () => undefined,
})
