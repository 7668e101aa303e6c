import { LARGEST_LIMIT } from '../../../store.js'

/** `over_limit`: the oldest sessions over the limit that took their slots before a time, {id, its slot, …}. */
export const OVER_LIMIT_BEFORE: string = /* lua */ `
local function over_limit(slots, max, slot)
  local before = redis.call('ZCOUNT', slots, '-inf', string.format('(%.0f', slot - slot % 2))
  local many = math.min(redis.call('ZCARD', slots) - max, before, ${LARGEST_LIMIT})
  if many <= 0 then return {} end
  return redis.call('ZRANGE', slots, 0, many - 1, 'WITHSCORES')
end`

/**
 * The slots of a value whose reference has a limit: a sorted set of ids by the time each took its slot, µs.
 *
 * A claim is one of
 *
 * - 'claim': take a slot if one is free;
 * - 'evict': take one in any case; the sessions over the limit are ended for it;
 * - 'keep': take one in any case, unless the session has one; nobody is ended for it.
 *
 * These scripts never free a slot. Each call reports the sessions over the limit, also when it is sent again,
 * until a caller has ended them and released their slots. A session that claims the slot it has gets a later
 * one: it may have been away while sessions over the limit were to be ended.
 *
 * A slot's time is later than all others of its value, also on a new primary whose clock is behind. So
 * releasing a slot by its time never releases another, and the last to sign in is the last to be evicted. The
 * time is even, and odd once confirmed: then the session was created, and a confirmed slot without a session
 * is free.
 */
export const LIMIT: string = /* lua */ `${OVER_LIMIT_BEFORE}
local function full_slots(slots, id, max, claim)
  if claim ~= 'claim' or redis.call('ZCARD', slots) < tonumber(max) then return nil end
  if redis.call('ZSCORE', slots, id) then return nil end
  return redis.call('ZRANGE', slots, 0, ${LARGEST_LIMIT - 1}, 'WITHSCORES')
end

-- Returns the sessions over the limit, the new slot or '', and 1 if the session had none before.
local function take_slot(slots, id, max, claim)
  local had = redis.call('ZSCORE', slots, id)
  if had and claim == 'keep' then return {}, '', 0 end
  local last = redis.call('ZRANGE', slots, -1, -1, 'WITHSCORES')[2] or 0
  local slot = math.max(now_us(), last + 2)
  slot = slot - slot % 2
  redis.call('ZADD', slots, slot, id)
  return claim == 'keep' and {} or over_limit(slots, max, slot), slot, had and 0 or 1
end`
