import { defineScript, JOIN, NOW } from './script.js'

/**
 * Puts an id into one set: the first and the last step of a write on a cluster. Modelled in
 * test/model as `join`.
 *
 * KEYS[1..3] the set, the time of the last revokeAll, the seats
 * ARGV[1]    the id
 * ARGV[2]    for how long the set has to hold it, ms
 * ARGV[3..5] how it asks, as ./script.ts describes
 *
 * Returns {'ok', the time at which it joined, µs, the mark of the last revokeAll or '0', what `join`
 * returns}, or what `barred` returns.
 */
export const JOIN_SET = defineScript(
  NOW,
  JOIN,
  `
local micros = micros()
local now = math.floor(micros / 1000)
local no = barred(1, 1, 3, ARGV[1])
if no then return no end
return {'ok', micros, redis.call('GET', KEYS[2]) or '0', join(1, 3, ARGV[1], now, ARGV[2])}`,
)
