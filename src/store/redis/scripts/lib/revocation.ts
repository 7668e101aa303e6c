/**
 * A value's revocation: the string 'NUMBER', or 'NUMBER TIME', both in µs. The number grows with each revokeAll,
 * whatever the clock does; tombstones are compared by it. The time is what refuses sign-ins: the same, unless it was
 * set back.
 *
 * `revocation` returns the number and the time, or nothing.
 */
export const REVOCATION: string = /* lua */ `
local function revocation(revoked)
  local known = redis.call('GET', revoked)
  if not known then return nil end
  local number, time = string.match(known, '^(%d+) ?(%d*)$')
  return number, time == '' and number or time
end`

/**
 * `meet_revocation` returns the time of a revocation and the time now, or nothing.
 *
 * It sets a time in the future back to now: that of a primary whose clock was ahead would refuse every sign-in until
 * then. Now only those are refused that began before the first one met it.
 */
export const MEET_REVOCATION: string = /* lua */ `${REVOCATION}
local function meet_revocation(revoked)
  local number, time = revocation(revoked)
  if not number then return nil end
  local now = now_us()
  if tonumber(time) > now then
    time = string.format('%.0f', now)
    redis.call('SET', revoked, number .. ' ' .. time, 'KEEPTTL')
  end
  return time, now
end`
