import { SUPERSEDED_FOR } from '../../store.js'
import { defineScript, JOIN, NOTED, NOW, REFUSAL, TELL_SOONER, WITH_ARGUMENTS } from './script.js'

/**
 * Changes a live session: all of it, or nothing. Never makes one.
 * Modelled in test/model as `update`.
 *
 * KEYS[1]   the session's hash
 * KEYS[2]   its superseded secrets
 * KEYS[3..] on a single node three for the set of each reference below marked '=' or '~', in their
 *           order; on a cluster, where they have been joined before, what was noted of its id
 * ARGV[1]   its id
 * ARGV[2]   the caller's secret's hash; '' for the operator
 * ARGV[3]   idle time, ms
 * ARGV[4]   idle time without fields, ms, at most
 * ARGV[5]   an idle time of its own from now on, ms; '' for what it had
 * ARGV[6]   absolute time to live, ms; '' for none
 * ARGV[7]   on a cluster: until when the sets that were joined are sure to hold it, ms; '' on a
 *           single node
 * ARGV[8]   renew its secret: '' never, 'changed' if a rotating reference changes, 'always'
 * ARGV[9]   the next secret's hash
 * ARGV[10]  a field to increment; '' for none
 * ARGV[11]  by how much
 * ARGV[12]  the number of references; for each of them three arguments:
 *           its name; '1' if it rotates; and what becomes of it: '' it stays, '-' it is removed,
 *           '=' and the new value, or '~' and the value that the caller believes it has (for these
 *           two the set is being joined)
 * then      on a cluster: until when it may take values of sets that were joined; '' for no such time
 * then      for each of these sets on a single node how it asks to join, as ./script.ts describes; on
 *           a cluster the mark that it saw when it joined, '' if it may not be refused, or '-' if it was
 *           let in as it has the value already; and the time of its seat, or ''
 * then      the number of fields to set, their names and values; then the names of those to remove
 *
 * Returns one of
 *   {'gone'}         there is no such session, or this is not its secret
 *   {'superseded'}   the secret was replaced a moment ago
 *   {'not-integer'}  the field to increment holds something else
 *   {'join', ttl, name, value, …}  nothing was done: the session would outlive its membership in
 *                    its sets. Call again with these references joined for a session of that ttl
 *   {'revoked'}, {'late'}  on a cluster: since it joined, the sessions of a set were ended, or its time
 *                    is over. Nothing was done
 *   what `barred` returns: nothing was done
 *   {'ok', ttl, when it ends, when it would have ended, 1 if its idle time is its own, 1 if
 *     renewed, incremented text or false,
 *     {name, value it had before, …}, what `join` returns for set 1, …}
 *
 * The sets come before the hash: if one of them is no set, nothing has been written. HSET comes
 * before HDEL: a full server refuses the first and then nothing was removed.
 */
export const UPDATE = defineScript(
  NOW,
  JOIN,
  NOTED,
  REFUSAL,
  TELL_SOONER,
  WITH_ARGUMENTS,
  `
local count = tonumber(ARGV[12])
local names = {'$secret', '$created', '$indexed', '$maxAge'}
for r = 1, count do names[4 + r] = ARGV[10 + 3 * r] end
local had = redis.call('HMGET', KEYS[1], unpack(names))

-- A client that lost the connection sends its command again, and finds its own renewal done.
local renewed = ARGV[8] ~= '' and had[1] == ARGV[9]
local renew = ARGV[8] == 'always'
local now = now()
local refused = refusal(had[1], had[2], renewed and '' or ARGV[2], now)
if refused then return {refused} end

local ends = ARGV[6] ~= '' and had[2] + ARGV[6]
if ends and ends <= now then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.pcall('PUBLISH', KEYS[1] .. ':ended', '')
  return {'gone'}
end
local own = ARGV[5] ~= '' and ARGV[5] or had[4]
local function expiry(idle)
  return ends and math.min(ends, now + idle) or now + idle
end
local expires = expiry(own or ARGV[3])

-- What becomes of each reference, and whether its set is being joined.
local left, current, sets, joins, names_of = {}, {}, 0, {}, {}
local one_node = ARGV[7] == ''
local asks, each = 14 + 3 * count, one_node and 3 or 2
local joined, unjoined = false, false
for r = 1, count do
  local name, rotates, plan = ARGV[10 + 3 * r], ARGV[11 + 3 * r] == '1', ARGV[12 + 3 * r]
  local mark, value = string.sub(plan, 1, 1), string.sub(plan, 2)
  local was = had[4 + r]
  local is = was
  if mark == '=' then is = value elseif mark == '-' then is = false end
  if is ~= was then
    if was then left[#left + 1] = name; left[#left + 1] = was end
    if rotates and ARGV[8] == 'changed' then renew = true end
  end
  local joining = (mark == '=' or mark == '~') and is == value
  if mark == '=' or mark == '~' then
    sets = sets + 1
    names_of[sets] = name
    if joining then joins[#joins + 1] = sets end
    local ask = asks + each * (sets - 1)
    if is == was and one_node then
      -- It has signed in before: neither a revokeAll nor a limit refuses it.
      ARGV[ask] = '-'
      if ARGV[ask + 2] == 'claim' then ARGV[ask + 2] = 'keep' end
    elseif is ~= was and ARGV[ask] ~= '' and not one_node then
      if ARGV[ask] == '-' or noted(3, name .. ':' .. is, ARGV[ask], ARGV[ask + 1]) then return {'revoked'} end
      if now > tonumber(ARGV[asks - 1]) then return {'late'} end
    end
  end
  if is then
    current[#current + 1] = name
    current[#current + 1] = is
    if joining then joined = true else unjoined = true end
  end
end

-- Until when the sets are sure to hold the session: all of them, not only those joined now.
local indexed = tonumber(had[3] or 0)
local joined_until = ARGV[7] ~= '' and tonumber(ARGV[7]) or now + 2 * (expires - now)
local covered = indexed
if joined and unjoined then covered = math.min(indexed, joined_until)
elseif joined then covered = joined_until end
if #current > 0 and expires > covered then
  return {'join', expires - now, unpack(current)}
end

if one_node then
  for _, s in ipairs(joins) do
    local no = barred(s, 3 * s, asks + 3 * (s - 1), ARGV[1])
    if no then return no end
  end
end

-- The last reads: from here on nothing may fail that did not fail at the first write.
renew = renew and had[1] ~= ARGV[9]
local superseded
if renew and had[1] then
  -- One request may renew twice, so older ones are kept too: eight, the newest first.
  local older = redis.call('GET', KEYS[2])
  superseded = had[1] .. ':' .. now + ${SUPERSEDED_FOR}
  if older then superseded = string.sub(superseded .. ' ' .. older, 1, 8 * (#superseded + 1) - 1) end
end
local ended = now + redis.call('PTTL', KEYS[1])

local joined_sets = {}
if one_node then
  for s = 1, sets do joined_sets[s] = {} end
  for _, s in ipairs(joins) do
    joined_sets[s] = join(3 * s, asks + 3 * (s - 1), ARGV[1], now, joined_until - now)
  end
end

local incremented = false
if ARGV[10] ~= '' then
  local reply = redis.pcall('HINCRBY', KEYS[1], ARGV[10], ARGV[11])
  if type(reply) == 'table' and reply.err then
    -- Not by 'ERR' alone: so begins also what is said to who may not HINCRBY.
    local unfit = string.find(reply.err, 'not an integer') or string.find(reply.err, 'overflow')
    if unfit then return {'not-integer'} end
    return reply
  end
  incremented = redis.call('HGET', KEYS[1], ARGV[10])
end
local first = asks + each * sets
local last = first + 2 * tonumber(ARGV[first])
with_arguments('HSET', KEYS[1], first + 1, last)
if joined then redis.call('HSET', KEYS[1], '$indexed', covered) end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], '$maxAge', own) end
-- Its seats; that of a value that it had goes with it.
local seats_left = {}
for l = 1, #left, 2 do seats_left['$seat:' .. left[l]] = true end
for _, s in ipairs(joins) do
  local field = '$seat:' .. names_of[s]
  local seat = one_node and joined_sets[s][3] or not one_node and ARGV[asks + each * (s - 1) + 1]
  if seat and seat ~= '' then
    -- On a cluster another sign-in of this session may have come first that claimed it later.
    local other = not one_node and not seats_left[field] and redis.call('HGET', KEYS[1], field)
    redis.call('HSET', KEYS[1], field, math.max(seat, other or 0))
    seats_left[field] = nil
  end
end
if renew then
  if superseded then redis.call('SET', KEYS[2], superseded, 'PX', ${SUPERSEDED_FOR}) end
  redis.call('HSET', KEYS[1], '$secret', ARGV[9])
end
with_arguments('HDEL', KEYS[1], last + 1, #ARGV)
for field in pairs(seats_left) do redis.call('HDEL', KEYS[1], field) end

if last == first and #current == 0 and not incremented then
  local mine = 1 + (had[1] and 1 or 0) + (had[3] and 1 or 0) + (own and 1 or 0)
  if redis.call('HLEN', KEYS[1]) == mine then
    expires = expiry(math.min(own or ARGV[3], ARGV[4]))
  end
end
redis.call('PEXPIREAT', KEYS[1], expires)
tell_sooner(expires, ended)
return {
  'ok', expires - now, expires, ended, own and 1 or 0, (renew or renewed) and 1 or 0, incremented, left,
  unpack(joined_sets)
}`,
)
