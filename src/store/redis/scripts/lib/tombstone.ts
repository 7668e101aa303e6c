/**
 * A tombstone is a hash beside an id. It holds
 *
 * - `ended`: the session was ended. A creation that a client sends again makes nothing there;
 * - `FIELD:VALUE`, on a cluster: the time of a revokeAll that met the id in the value's set before its
 *   session had the value. A write that joined the set before that time may not take the value;
 * - `$slot:FIELD:VALUE`, on a cluster: the same for a slot that was released; its time.
 *
 * It outlasts every write that joined its sets before (see timing.ts). Times are compared only with those
 * of the same set, where each is greater than the one before whatever the clock does. The exception is a set's
 * only slot, released and then taken after the clock was set back: that session may be refused until the
 * tombstone is gone.
 */
export const BURY: string = /* lua */ `
local function bury(tombstone, entry, time, now, keep_for)
  time = math.max(redis.call('HGET', tombstone, entry) or 0, time)
  -- A full server refuses the first write of a script, unless that frees memory. Ending matters more.
  redis.call('HDEL', tombstone, entry)
  redis.call('HSET', tombstone, entry, time)
  redis.call('PEXPIREAT', tombstone, now + keep_for)
end`

/** `bury_young` leaves `ended` where the session is so young that a client may still send its creation again. */
export const BURY_YOUNG: string = /* lua */ `${BURY}
local function bury_young(tombstone, created, now, keep_for)
  if now - created < tonumber(keep_for) then bury(tombstone, 'ended', 0, now, keep_for) end
end`

/** `is_buried` tells whether a tombstone forbids a value that was joined under a revocation time and a slot. */
export const IS_BURIED: string = /* lua */ `
local function is_buried(tombstone, entry, revoked_at, slot)
  local times = redis.call('HMGET', tombstone, entry, '$slot:' .. entry)
  return times[1] and tonumber(times[1]) > tonumber(revoked_at)
    or times[2] and slot ~= '' and tonumber(times[2]) >= tonumber(slot)
end`
