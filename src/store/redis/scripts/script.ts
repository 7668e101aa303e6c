import { createHash } from 'node:crypto'

/** A Lua script and the digest by which Redis knows it once it has run. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

export function defineScript(...parts: string[]): Script {
  const lua = parts.join('\n')
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/**
 * The time in ms. Every time in Redis comes from Redis's own clock, so that the clocks of the
 * application's machines do not matter.
 */
export const NOW = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end`

/**
 * Puts an id into a set and raises the set's time to live; it is never lowered, for others in the
 * set may count on it. Hands back a few members at random once the set holds more than a handful:
 * whoever joins looks whether those still live (see \`prune\` in ../set-protocol.ts). Four looked at
 * for one that joins keep a set within 4/3 of its living.
 * (PEXPIREAT's GT would say "only ever raised", but is not in Redis 6.2.)
 */
export const JOIN = `
local function join(set, id, now, ttl)
  redis.call('SADD', set, id)
  if redis.call('PTTL', set) < tonumber(ttl) then redis.call('PEXPIREAT', set, now + ttl) end
  if redis.call('SCARD', set) <= 5 then return {} end
  return redis.call('SRANDMEMBER', set, 4)
end`

/** Calls a command with a range of ARGV, in parts: Lua's \`unpack\` is bounded. */
export const WITH_ARGUMENTS = `
local function with_arguments(command, key, first, last)
  for i = first, last, 1000 do
    redis.call(command, key, unpack(ARGV, i, math.min(i + 999, last)))
  end
end`

/**
 * Why the holder of a secret's hash ('' for the operator, who needs none) may not write a session
 * with this secret and time of creation: 'gone', 'superseded', or nil where there is no reason. KEYS[2]
 * holds the superseded secrets.
 *
 * The secrets' hashes are compared byte by byte: the caller cannot choose a hash, so the time that
 * takes tells nothing.
 */
export const REFUSAL = `
local function refusal(secret, created, given)
  if not created then return 'gone' end
  if given == '' or secret == given then return nil end
  local superseded = redis.call('GET', KEYS[2])
  return superseded and string.find(superseded, given, 1, true) and 'superseded' or 'gone'
end`
