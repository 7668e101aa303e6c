import { defineScript, JOIN, NOTED, NOW, WITH_ARGUMENTS } from './script.js'

/**
 * Makes a session, unless its id is in use. Modelled in test/model as `create`.
 *
 * KEYS[1]    the session's hash
 * KEYS[2]    what was noted of its id: that it has ended, or by ./script.ts
 * KEYS[3..]  on a single node three for each set that it joins; on a cluster each has been joined before
 * ARGV[1]    its id
 * ARGV[2]    its secret's hash; '' for none
 * ARGV[3]    its time to live, ms
 * ARGV[4]    the number of its fields: the application's, and `$maxAge`, an idle time of its own, ms;
 *            then their names and values
 * then       on a single node how it asks to join each set, as ./script.ts describes; then the names of
 *            these references
 * or         on a cluster, where it has joined sets: until when they are sure to hold it, and until when it
 *            may be made, ms; then three for each that may refuse it: 'FIELD:VALUE', the mark that
 *            it saw when it joined, and the time of its seat, or ''
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
 * but somebody may have changed it since, so it is left as it is; who is too many is told again, by the
 * seat that it took then.
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
local last = 4 + 2 * ARGV[4]
local function name_of(k) return ARGV[last + #KEYS - 2 + k / 3] end
if redis.call('EXISTS', KEYS[1]) == 1 then
  if ARGV[2] == '' or redis.call('HGET', KEYS[1], '$secret') ~= ARGV[2] then return {'exists'} end
  local reply = {'ok', now + redis.call('PTTL', KEYS[1])}
  for k = 3, #KEYS, 3 do
    local a = last + k - 2
    local seat = redis.call('HGET', KEYS[1], '$seat:' .. name_of(k))
    local has_seat = seat and redis.call('ZSCORE', KEYS[k + 2], ARGV[1])
    if has_seat then ARGV[a + 2] = seat end
    reply[#reply + 1] = has_seat and join(k, a, ARGV[1], now, 0) or {}
  end
  return reply
end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[2], 'ended') then return {'ended'} end

local ends = now + ARGV[3]
local joined_until = now + 2 * ARGV[3]
if #KEYS == 2 and #ARGV > last then
  joined_until = tonumber(ARGV[last + 1])
  if ends > joined_until or now > tonumber(ARGV[last + 2]) then return {'late'} end
  for a = last + 3, #ARGV, 3 do
    if noted(2, ARGV[a], ARGV[a + 1], ARGV[a + 2]) then return {'revoked'} end
  end
end
for k = 3, #KEYS, 3 do
  local no = barred(k / 3, k, last + k - 2, ARGV[1])
  if no then return no end
end
local reply = {'ok', ends}
local own = {'$created', now}
if ARGV[2] ~= '' then own[3] = '$secret'; own[4] = ARGV[2] end
local function keep_seat(name, seat)
  if seat and seat ~= '' then own[#own + 1] = '$seat:' .. name; own[#own + 1] = seat end
end
for k = 3, #KEYS, 3 do
  local joined = join(k, last + k - 2, ARGV[1], now, joined_until - now)
  keep_seat(name_of(k), joined[3])
  reply[#reply + 1] = joined
end
if #KEYS == 2 then
  for a = last + 3, #ARGV, 3 do keep_seat(string.match(ARGV[a], '^[^:]*'), ARGV[a + 2]) end
end
if #ARGV > last then own[#own + 1] = '$indexed'; own[#own + 1] = joined_until end
local first = math.min(last, 1000)
for a = 5, first do own[#own + 1] = ARGV[a] end
redis.call('HSET', KEYS[1], unpack(own))
with_arguments('HSET', KEYS[1], first + 1, last)
redis.call('PEXPIREAT', KEYS[1], ends)
return reply`,
)
