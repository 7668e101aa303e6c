import { defineScript, NOW, REFUSAL, TELL_SOONER, WITH_ARGUMENTS } from './script.js'

/**
 * Sets fields that are no references in a live session: what most writes do. The same as ./update.ts
 * would do, in fewer words. Never makes a session. Modelled in test/model as `update`.
 *
 * KEYS[1]  the session's hash
 * KEYS[2]  its superseded secrets
 * ARGV[1]  the caller's secret's hash; '' for the operator
 * ARGV[2]  idle time, ms
 * ARGV[3]  absolute time to live, ms; '' for none
 * ARGV[4]  the number of references; then their names; then the fields and values to set
 *
 * Returns one of
 *   {'gone'}, {'superseded'}  as ./update.ts
 *   {'join'}  nothing was done: the session would outlive its membership in its sets, which takes
 *             an update
 *   {'ok', ttl, when it ends, when it would have ended, 1 if its idle time is its own}
 */
export const WRITE = defineScript(
  NOW,
  REFUSAL,
  TELL_SOONER,
  WITH_ARGUMENTS,
  `
local last = 4 + ARGV[4]
local had = redis.call(
  'HMGET', KEYS[1], '$secret', '$created', '$indexed', '$maxAge', unpack(ARGV, 5, last))
local now = now()
local refused = refusal(had[1], had[2], ARGV[1], now)
if refused then return {refused} end

local expires = now + (had[4] or ARGV[2])
if ARGV[3] ~= '' then
  expires = math.min(expires, had[2] + ARGV[3])
  if expires <= now then
    redis.call('DEL', KEYS[1], KEYS[2])
    redis.pcall('PUBLISH', KEYS[1] .. ':ended', '')
    return {'gone'}
  end
end
if expires > tonumber(had[3] or 0) then
  for r = 5, last do
    if had[r] then return {'join'} end
  end
end

local ended = now + redis.call('PTTL', KEYS[1])
with_arguments('HSET', KEYS[1], last + 1, #ARGV)
redis.call('PEXPIREAT', KEYS[1], expires)
tell_sooner(expires, ended)
return {'ok', expires - now, expires, ended, had[4] and 1 or 0}`,
)
