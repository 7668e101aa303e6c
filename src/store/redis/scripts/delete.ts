import { defineScript } from './script.js'

/**
 * Ends sessions for good: one, or on a single node many of one set at once, and takes those out of
 * the set. Modelled in test/model as `end`.
 *
 * KEYS      two for each session: its hash, and its superseded secrets; then the set, if it is here
 * ARGV[1]   the caller's secret's hash; '' for the operator
 * ARGV[2]   the name of a reference; '' for no condition
 * ARGV[3]   end a session only if that reference has this value
 * ARGV[4]   the number of all references
 * ARGV[5..] their names; then, with a set, the sessions' ids
 *
 * Returns for each session {'gone'}, {'superseded'}, {'other'} (the reference has another value),
 * {'failed', error} (its key holds something else), or
 * {'ended', value of the first reference or false, value of the second, …}.
 */
export const DELETE = defineScript(`
local names = {'$created', '$secret', unpack(ARGV, 5, 4 + ARGV[4])}
local set = #KEYS % 2 == 1 and KEYS[#KEYS]
local condition
for i = 3, #names do if names[i] == ARGV[2] then condition = i end end
local ended, leaving, replies = {}, {}, {}
for i = 1, #KEYS - 1, 2 do
  -- One that cannot be read must not keep the others alive.
  local had = redis.pcall('HMGET', KEYS[i], unpack(names))
  local reply
  if had.err then
    reply = {'failed', had.err}
  elseif not had[1] then
    reply = {'gone'}
  elseif ARGV[1] ~= '' and had[2] ~= ARGV[1] then
    local hashes = redis.call('GET', KEYS[i + 1])
    local known = hashes and string.find(hashes, ARGV[1], 1, true)
    reply = {known and 'superseded' or 'gone'}
  elseif condition and had[condition] ~= ARGV[3] then
    reply = {'other'}
  else
    reply = {'ended', unpack(had, 3)}
    ended[#ended + 1] = KEYS[i]
    ended[#ended + 1] = KEYS[i + 1]
  end
  replies[#replies + 1] = reply
  if set and not had.err then leaving[#leaving + 1] = ARGV[4 + ARGV[4] + #replies] end
end
if #leaving > 0 then redis.call('SREM', set, unpack(leaving)) end
-- Like DEL, but what is large is freed in the background.
if #ended > 0 then redis.call('UNLINK', unpack(ended)) end
-- Whoever may not publish ends sessions all the same.
for i = 1, #ended, 2 do redis.pcall('PUBLISH', ended[i] .. ':ended', '') end
return replies`)
