import { defineScript, NOW, SUPERSEDED_BY } from './script.js'

/**
 * Ends sessions for good: one, or on a single node many of one set at once, and takes those out of
 * the set. Modelled in test/model as `end`.
 *
 * KEYS      two for each session: its hash, and its superseded secrets; then the set and its seats, or
 *           for one session without a set what is noted of its id
 * ARGV[1]   the caller's secret's hash; '' for the operator
 * ARGV[2]   the name of a reference; '' for no condition
 * ARGV[3]   end a session only if that reference has this value
 * ARGV[4]   what to note of an id whose session has not that value, as ./script.ts describes; '' for nothing
 * ARGV[5]   the mark or time to note
 * ARGV[6]   for how long, ms, a command may be under way that would make a session again, or give one a
 *           value whose set it joined: so long is what is noted kept
 * ARGV[7]   end it only if the seat that it says it has of that value was not taken later than this; ''
 *           for no such condition
 * ARGV[8]   the number of sessions; then their ids, where their set is here
 * then      the names of all references
 *
 * Returns for each session {'gone'}, {'superseded'}, {'other'} (a condition does not hold),
 * {'failed', error} (its key holds something else), or
 * {'ended', value of the first reference or false, value of the second, …}.
 */
export const DELETE = defineScript(
  NOW,
  SUPERSEDED_BY,
  `
local now = now()
local count = tonumber(ARGV[8])
local set = #KEYS == 2 * count + 2 and 2 * count + 1
local names = {'$created', '$secret', unpack(ARGV, set and 9 + count or 9)}
local condition
for i = 3, #names do if names[i] == ARGV[2] then condition = i end end
if ARGV[7] ~= '' then names[#names + 1] = '$seat:' .. ARGV[2] end
local function holds(had)
  return had[condition] == ARGV[3] and (ARGV[7] == '' or tonumber(had[#names] or 0) <= tonumber(ARGV[7]))
end
local ended, leaving, replies, note = {}, {}, {}, ''
for i = 1, count do
  local hash, superseded = KEYS[2 * i - 1], KEYS[2 * i]
  -- One that cannot be read must not keep the others alive.
  local had = redis.pcall('HMGET', hash, unpack(names))
  local reply
  if had.err then
    reply = {'failed', had.err}
  elseif not had[1] then
    reply = {'gone'}
    note = ARGV[4]
  elseif ARGV[1] ~= '' and had[2] ~= ARGV[1] then
    reply = {superseded_by(superseded, ARGV[1], now) and 'superseded' or 'gone'}
  elseif condition and not holds(had) then
    reply = {'other'}
    note = ARGV[4]
  else
    reply = {'ended', unpack(had, 3)}
    ended[#ended + 1] = hash
    ended[#ended + 1] = superseded
    if now - had[1] < tonumber(ARGV[6]) then note = 'ended' end
  end
  replies[i] = reply
  if set and not had.err then leaving[#leaving + 1] = ARGV[8 + i] end
end
if #leaving > 0 then
  redis.call('SREM', KEYS[set], unpack(leaving))
  redis.call('ZREM', KEYS[set + 1], unpack(leaving))
end
-- Like DEL, but what is large is freed in the background.
if #ended > 0 then redis.call('UNLINK', unpack(ended)) end
if note ~= '' and not set then
  local number = note == ARGV[4] and math.max(redis.call('HGET', KEYS[3], note) or 0, ARGV[5]) or 0
  -- A full server refuses to write, but not once a script has. To end sessions matters more than a few bytes.
  redis.call('HDEL', KEYS[3], note)
  redis.call('HSET', KEYS[3], note, number)
  redis.call('PEXPIREAT', KEYS[3], now + ARGV[6])
end
-- Whoever may not publish ends sessions all the same.
for i = 1, #ended, 2 do redis.pcall('PUBLISH', ended[i] .. ':ended', '') end
return replies`,
)
