import { defineScript, JOIN, NOTED, NOW, WITH_ARGUMENTS } from './script.js'

/**
 * Makes a session, unless its id is in use. Modelled in test/model as `create`.
 *
 * KEYS[1]    the session's hash
 * KEYS[2]    what was noted of its id: that it has ended, or by ./script.ts
 * KEYS[3..]  three for each set that it joins (none on a cluster, where each has been joined before)
 * ARGV[1]    its id
 * ARGV[2]    its secret's hash; '' for none
 * ARGV[3]    its time to live, ms
 * ARGV[4]    an idle time of its own, ms; '' for none
 * ARGV[5]    '1' if it has references
 * ARGV[6]    on a cluster: until when the sets that were joined are sure to hold it, ms; '' on a
 *            single node
 * ARGV[7]    on a cluster: until when it may be made; '' for no such time
 * ARGV[8]    the number of the application's fields; then their names and values; then on a single node
 *            how it asks to join each set, as ./script.ts describes; on a cluster for each set that may
 *            refuse it 'FIELD:VALUE' and the time at which it joined, µs
 *
 * Returns one of
 *   {'exists'}  its id is in use
 *   {'ended'}   it was made before, and has ended
 *   {'late'}    it would outlive its membership in its sets, or its time to be made is over
 *   {'revoked'}  on a cluster: since it joined, the sessions of a set were ended
 *   what `barred` returns
 *   {'ok', the time at which it ends, what `join` returns for set 1, …}
 *
 * A client that lost the connection sends its command again: what it made itself is not "in use",
 * but somebody may have changed it since, so it is left as it is; who is too many is told again.
 * Somebody may also have ended it, and it must not live again: that is noted.
 * The sets come first: if one of them is no set, nothing has been written.
 */
export const CREATE = defineScript(
  NOW,
  JOIN,
  NOTED,
  WITH_ARGUMENTS,
  `
local now = now()
local last = 8 + 2 * ARGV[8]
if redis.call('EXISTS', KEYS[1]) == 1 then
  if ARGV[2] == '' or redis.call('HGET', KEYS[1], '$secret') ~= ARGV[2] then return {'exists'} end
  local reply = {'ok', now + redis.call('PTTL', KEYS[1])}
  for k = 3, #KEYS, 3 do
    local has_seat = redis.call('ZSCORE', KEYS[k + 2], ARGV[1])
    reply[#reply + 1] = has_seat and join(k, last + k - 2, ARGV[1], now, 0) or {}
  end
  return reply
end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[2], 'ended') then return {'ended'} end
local reply = {'ok', now + ARGV[3]}
local joined_until = ARGV[6] ~= '' and tonumber(ARGV[6]) or now + 2 * ARGV[3]
if ARGV[5] == '1' and reply[2] > joined_until then return {'late'} end
if ARGV[7] ~= '' and now > tonumber(ARGV[7]) then return {'late'} end
if ARGV[6] ~= '' then
  for a = last + 1, #ARGV, 2 do
    if noted(2, ARGV[a], ARGV[a + 1]) then return {'revoked'} end
  end
end
for k = 3, #KEYS, 3 do
  local no = barred(k / 3, k, last + k - 2, ARGV[1])
  if no then return no end
end
for k = 3, #KEYS, 3 do
  reply[#reply + 1] = join(k, last + k - 2, ARGV[1], now, joined_until - now)
end

local own = {'$created', now}
if ARGV[2] ~= '' then own[3] = '$secret'; own[4] = ARGV[2] end
if ARGV[4] ~= '' then own[#own + 1] = '$maxAge'; own[#own + 1] = ARGV[4] end
if ARGV[5] == '1' then own[#own + 1] = '$indexed'; own[#own + 1] = joined_until end
redis.call('HSET', KEYS[1], unpack(own))
with_arguments('HSET', KEYS[1], 9, last)
redis.call('PEXPIREAT', KEYS[1], reply[2])
return reply`,
)
