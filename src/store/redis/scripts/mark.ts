import { defineScript, NOW } from './script.js'

/**
 * Begins a revokeAll: leaves its time for requests that are under way and will ask to join the set,
 * and reads the set's first page.
 *
 * KEYS[1] the set
 * KEYS[2] the time of the last revokeAll, µs
 * ARGV[1] for how long the time is kept, ms
 * ARGV[2] how many members a page has
 *
 * Returns {the number of the set's members, what SSCAN returns, the time, µs, 1 if it was left}.
 */
export const MARK = defineScript(
  NOW,
  `
local page = redis.call('SSCAN', KEYS[1], '0', 'COUNT', ARGV[2])
-- The clock of another node that took over may be behind.
local last = redis.call('GET', KEYS[2])
local time = math.max(micros(), last or 0)
-- A full server refuses this. To end sessions matters more. Other refusals are told: a replica would
-- find nobody to end in an empty set, and seem to have done what was asked.
local reply = redis.pcall('SET', KEYS[2], time, 'PX', ARGV[1])
if reply.err and not string.find(reply.err, 'OOM', 1, true) then return reply end
return {redis.call('SCARD', KEYS[1]), page, time, reply.err and 0 or 1}`,
)
