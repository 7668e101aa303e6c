import { defineScript, NOW, PAGE_OF } from './script.js'

/**
 * Begins a revokeAll: leaves a mark for requests that are under way and will ask to join the set, and
 * reads the set's first page. Modelled in test/model as `mark`.
 *
 * KEYS[1] the set
 * KEYS[2] the mark of the last revokeAll: its time, µs
 * ARGV[1] for how long the mark is kept, ms
 * ARGV[2] how many members a page has
 *
 * Returns {the number of the set's members, the mark, what `page_of` returns}.
 */
export const MARK = defineScript(
  NOW,
  PAGE_OF,
  `
local page = page_of(KEYS[1], '0', ARGV[2])
-- Greater than the last one, as the clock of another node that took over may be behind.
local mark = math.max(micros(), (redis.call('GET', KEYS[2]) or 0) + 1)
-- A full server refuses to write, but not once a script has. To end sessions matters more than the few bytes.
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[2], mark, 'PX', ARGV[1])
return {redis.call('SCARD', KEYS[1]), mark, page}`,
)
