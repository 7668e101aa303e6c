/**
 * `was_superseded` tells whether a secret was replaced within the last 30 s. The key holds HASH:UNTIL of each
 * such secret, the newest first, separated by spaces.
 */
export const WAS_SUPERSEDED: string = /* lua */ `
local function was_superseded(key, given, now)
  local known = redis.call('GET', key)
  local at = known and string.find(known, given .. ':', 1, true)
  return at and tonumber(string.match(known, '^%d+', at + #given + 1)) > now
end`

/**
 * `refusal` returns why the holder of a secret's hash may not write the session: 'gone', 'superseded', or nil.
 * A `given` of '' is the operator, who needs no secret.
 *
 * The comparison need not take constant time: callers cannot choose a hash, so its duration tells nothing.
 */
export const REFUSAL: string = /* lua */ `${WAS_SUPERSEDED}
local function refusal(superseded, secret, created, given, now)
  if not created then return 'gone' end
  if given == '' or secret == given then return nil end
  return was_superseded(superseded, given, now) and 'superseded' or 'gone'
end`
