import { defineScript } from './script.js'

/**
 * Takes ids out of a set, those whose sessions do not have its value: on a single node only, where
 * set and hashes may be looked at together. Modelled in test/model as `unlink`.
 *
 * KEYS[1]   the set
 * KEYS[2..] the hashes of the sessions
 * ARGV[1]   the reference's name
 * ARGV[2]   its value
 * ARGV[3..] the sessions' ids
 *
 * Returns the number of ids taken out.
 */
export const UNLINK = defineScript(`
local removed = 0
for i = 2, #KEYS do
  if redis.call('HGET', KEYS[i], ARGV[1]) ~= ARGV[2] then
    removed = removed + redis.call('SREM', KEYS[1], ARGV[i + 1])
  end
end
return removed`)
