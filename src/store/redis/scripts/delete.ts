import { defineScript } from './script.js'

/**
 * Ends a session for good. Modelled in test/model as `end`.
 *
 * KEYS[1]   the session's hash
 * KEYS[2]   its superseded secrets
 * ARGV[1]   the caller's secret's hash; '' for the operator
 * ARGV[2]   the name of a reference; '' for no condition
 * ARGV[3]   end the session only if that reference has this value
 * ARGV[4..] the names of all references
 *
 * Returns {'gone'}, {'superseded'}, {'other'} (the reference has another value), or
 * {'ended', value of the first reference or false, value of the second, …}.
 */
export const DELETE = defineScript(`
local had = redis.call('HMGET', KEYS[1], '$created', '$secret', unpack(ARGV, 4))
if not had[1] then return {'gone'} end
if ARGV[1] ~= '' and had[2] ~= ARGV[1] then
  local superseded = redis.call('GET', KEYS[2])
  if superseded and string.find(superseded, ARGV[1], 1, true) then return {'superseded'} end
  return {'gone'}
end
for i = 4, #ARGV do
  if ARGV[i] == ARGV[2] and had[i - 1] ~= ARGV[3] then return {'other'} end
end
redis.call('DEL', KEYS[1], KEYS[2])
return {'ended', unpack(had, 3)}`)
