import { defineScript, NOW } from './script.js'

/**
 * Ends sessions for good: one, or on a single node many of one set at once, and takes those out of
 * the set. Modelled in test/model as `end`.
 *
 * KEYS      two for each session: its hash, and its superseded secrets; then, if they are here, the
 *           set and its seats
 * ARGV[1]   the caller's secret's hash; '' for the operator
 * ARGV[2]   the name of a reference; '' for no condition
 * ARGV[3]   end a session only if that reference has this value
 * ARGV[4]   on a cluster: for how long, in ms, a session can be made again by a command that is sent
 *           again. For so long it is told that it has ended; '' on a single node
 * ARGV[5]   the number of sessions; then their ids, where their set is here
 * then      the names of all references
 *
 * Returns for each session {'gone'}, {'superseded'}, {'other'} (the reference has another value),
 * {'failed', error} (its key holds something else), or
 * {'ended', value of the first reference or false, value of the second, …}.
 */
export const DELETE = defineScript(
  NOW,
  `
local now = now()
local count = tonumber(ARGV[5])
local set = #KEYS > 2 * count and 2 * count + 1
local names = {'$created', '$secret', unpack(ARGV, set and 6 + count or 6)}
local condition
for i = 3, #names do if names[i] == ARGV[2] then condition = i end end
local ended, young, leaving, replies = {}, {}, {}, {}
for i = 1, count do
  local hash, superseded = KEYS[2 * i - 1], KEYS[2 * i]
  -- One that cannot be read must not keep the others alive.
  local had = redis.pcall('HMGET', hash, unpack(names))
  local reply
  if had.err then
    reply = {'failed', had.err}
  elseif not had[1] then
    reply = {'gone'}
  elseif ARGV[1] ~= '' and had[2] ~= ARGV[1] then
    local hashes = redis.call('GET', superseded)
    local known = hashes and string.find(hashes, ARGV[1], 1, true)
    reply = {known and 'superseded' or 'gone'}
  elseif condition and had[condition] ~= ARGV[3] then
    reply = {'other'}
  else
    reply = {'ended', unpack(had, 3)}
    ended[#ended + 1] = hash
    ended[#ended + 1] = superseded
    if ARGV[4] ~= '' and now - had[1] < tonumber(ARGV[4]) then young[#young + 1] = superseded end
  end
  replies[i] = reply
  if set and not had.err then leaving[#leaving + 1] = ARGV[5 + i] end
end
if #leaving > 0 then
  redis.call('SREM', KEYS[set], unpack(leaving))
  redis.call('ZREM', KEYS[set + 1], unpack(leaving))
end
-- Like DEL, but what is large is freed in the background.
if #ended > 0 then redis.call('UNLINK', unpack(ended)) end
-- A full server refuses this. To end sessions matters more.
for _, key in ipairs(young) do redis.pcall('SET', key, 'ended', 'PX', ARGV[4]) end
-- Whoever may not publish ends sessions all the same.
for i = 1, #ended, 2 do redis.pcall('PUBLISH', ended[i] .. ':ended', '') end
return replies`,
)
