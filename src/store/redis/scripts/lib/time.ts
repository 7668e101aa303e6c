/**
 * The server's clock, in µs and ms. Every time in Redis comes from it, so the clocks of the
 * application's machines do not matter.
 */
export const NOW_US: string = /* lua */ `
local function now_us()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end`

export const TIME: string = /* lua */ `${NOW_US}
local function now_ms() return math.floor(now_us() / 1000) end`
