import { defineScript } from './script.js'

/**
 * Takes ids out of a set, and their seats, those whose sessions do not have its value: on a single node
 * only, where set and hashes may be looked at together. Modelled in test/model as `unlink`.
 *
 * KEYS[1..2] the set, and its seats
 * KEYS[3..]  the hashes of the sessions
 * ARGV[1]    the reference's name
 * ARGV[2]    its value
 * ARGV[3..]  the sessions' ids
 */
export const UNLINK = defineScript(`
for i = 3, #KEYS do
  if redis.call('HGET', KEYS[i], ARGV[1]) ~= ARGV[2] then
    redis.call('SREM', KEYS[1], ARGV[i])
    redis.call('ZREM', KEYS[2], ARGV[i])
  end
end`)
