import { defineScript } from './script.js'

/**
 * Frees seats, if they were not taken again meanwhile.
 *
 * KEYS[1]  the seats
 * ARGV     ids, each with the time at which it took its seat
 *
 * Returns the number of seats freed.
 */
export const UNSEAT = defineScript(`
local freed = 0
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    freed = freed + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return freed`)
