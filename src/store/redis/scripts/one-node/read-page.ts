import { defineScript, type Integer } from '../lib/script.js'
import { TIME } from '../lib/time.js'
import type { Read } from '../read-with-times.js'

/**
 * Reads some sessions and their times at one moment: what READ_WITH_TIMES does for one.
 *
 * KEYS: their hashes.
 */
export const READ_PAGE = defineScript({
  lua: [
    TIME,
    /* lua */ `
local replies = {now_ms()}
for k, hash in ipairs(KEYS) do
  local ttl = redis.call('PTTL', hash)
  replies[1 + k] = ttl ~= -2 and {ttl, redis.call('HGETALL', hash)}
end
return replies`,
  ],
  encode: ({ hashes }: { hashes: readonly string[] }) => ({ keys: hashes, args: [] }),
  /** In the order of the hashes; `undefined` for one that is missing. */
  decode: ([now, ...replies]: [Integer, ...([Integer, unknown] | null)[]]): (Read | undefined)[] =>
    replies.map((reply) => {
      if (reply === null) return undefined
      const [ttl, hash] = reply
      return { now: Number(now), ttl: Number(ttl), hash, size: undefined }
    }),
})
