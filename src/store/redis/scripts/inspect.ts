import { defineScript, NOW } from './script.js'

/**
 * Reads a session and its times at one moment.
 *
 * KEYS[1] the session's hash
 * ARGV    the names of the fields to read; none for all
 *
 * Times are in ms. Returns false where there is no session, or
 *   {the time now, its time to live, {name, text, …}}                                   without names
 *   {the time now, its time to live, {text or false, …}, the number of all its fields}  with names
 */
export const INSPECT = defineScript(
  NOW,
  `
local ttl = redis.call('PTTL', KEYS[1])
if ttl == -2 then return false end
if #ARGV == 0 then return {now(), ttl, redis.call('HGETALL', KEYS[1])} end
local texts = {}
-- In parts: Lua's \`unpack\` is bounded.
for i = 1, #ARGV, 1000 do
  local part = redis.call('HMGET', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
  for _, text in ipairs(part) do texts[#texts + 1] = text end
end
return {now(), ttl, texts, redis.call('HLEN', KEYS[1])}`,
)
