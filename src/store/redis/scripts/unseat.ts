import { defineScript } from './script.js'

/**
 * Frees seats, if they were not taken again meanwhile. Modelled in test/model as `unseat`.
 *
 * KEYS[1]  the seats
 * ARGV     ids, each with the time at which it took its seat
 */
export const UNSEAT = defineScript(`
for i = 1, #ARGV, 2 do
  -- As numbers: servers write large ones in more ways than one.
  local taken = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if taken and tonumber(taken) == tonumber(ARGV[i + 1]) then redis.call('ZREM', KEYS[1], ARGV[i]) end
end`)
