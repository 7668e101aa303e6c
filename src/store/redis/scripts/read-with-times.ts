import { defineScript, type Integer } from './lib/script.js'
import { TIME } from './lib/time.js'

/** What a script read of a session. */
export interface Read {
  /** ms */
  readonly now: number
  /** ms */
  readonly ttl: number
  /** Without names: the whole hash, flat. With names: the values, and the number of all fields. */
  readonly hash: unknown
  readonly size: number | undefined
}

/**
 * Reads a session and its times at one moment.
 *
 * KEYS: its hash.
 * ARGV: the names of the fields to read; none for all.
 */
export const READ_WITH_TIMES = defineScript({
  lua: [
    TIME,
    /* lua */ `
local hash = KEYS[1]
local ttl = redis.call('PTTL', hash)
if ttl == -2 then return false end
if #ARGV == 0 then return {now_ms(), ttl, redis.call('HGETALL', hash)} end
local values = {}
-- In parts: Lua's \`unpack\` is bounded.
for i = 1, #ARGV, 1000 do
  local part = redis.call('HMGET', hash, unpack(ARGV, i, math.min(i + 999, #ARGV)))
  for _, value in ipairs(part) do values[#values + 1] = value end
end
return {now_ms(), ttl, values, redis.call('HLEN', hash)}`,
  ],
  encode: ({ hash, names }: { hash: string; names: readonly string[] }) => ({
    keys: [hash],
    args: names,
  }),
  decode: (reply: [Integer, Integer, unknown, Integer?] | null): Read | undefined => {
    if (reply === null) return undefined
    const [now, ttl, hash, size] = reply
    return {
      now: Number(now),
      ttl: Number(ttl),
      hash,
      size: size === undefined ? undefined : Number(size),
    }
  },
})
