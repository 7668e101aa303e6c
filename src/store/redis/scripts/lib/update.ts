import {
  BINDING,
  CREATED,
  INDEXED,
  LAST_ACTIVE,
  MAX_AGE,
  SECRET,
  SIGNED_IN,
  SLOT,
  WATCHED_UNTIL,
} from '../../../hash-fields.js'
import { WITH_ARGUMENTS } from './arguments.js'
import { PUBLISH } from './end.js'
import { FORMER_KEEP_FOR, FORMER_SECRETS, REFUSAL } from './former.js'
import { IS_UNPROVEN } from './proof.js'
import { TIME } from './time.js'

/**
 * The steps that ../one-node/update.ts and ../cluster/update.ts share, in their order. They are parts of one
 * function body: each uses the local variables of those before it.
 */

/** The functions that these steps call. */
export const FUNCTIONS: string = [
  TIME,
  REFUSAL,
  FORMER_SECRETS,
  PUBLISH,
  WITH_ARGUMENTS,
  IS_UNPROVEN,
].join('')

/** The arguments that both scripts begin with. */
export const ARGUMENTS: string = /* lua */ `
local hash, former = KEYS[1], KEYS[2]
local given, idle, empty_idle, own_idle, absolute = unpack(ARGV, 1, 5)
local renewal, next_secret, counter, step, signs_in = unpack(ARGV, 6, 10)
local references, fields = tonumber(ARGV[11]), tonumber(ARGV[12])
local next_binding, proof = ARGV[13], ARGV[14]`

/**
 * Reads the session, and computes when it expires. A session beyond its absolute timeout ends here.
 *
 * `each` is the number of arguments of a reference, `first_reference` the index of the first one. They begin
 * with its name, '1' if it rotates, and a plan for it: 'keep', 'set', 'unset', or 'rejoin' for a reference
 * that the caller believes to have the value that follows. Sets are joined for 'set' and 'rejoin'.
 */
export const READ_SESSION: string = /* lua */ `
local names = {
  '${SECRET}', '${CREATED}', '${INDEXED}', '${MAX_AGE}', '${SIGNED_IN}', '${BINDING}', '${WATCHED_UNTIL}'}
for r = 1, references do names[7 + r] = ARGV[first_reference + each * (r - 1)] end
local had = redis.call('HMGET', hash, unpack(names))
local secret, created, indexed, kept_idle, signed_in = had[1], had[2], tonumber(had[3] or 0), had[4], had[5]
local binding, watched = had[6], had[7]
local now = now_ms()

-- A client that lost the connection sends its command again, and finds its own renewal done.
local renewed = renewal ~= '' and secret == next_secret
local refused = refusal(former, secret, created, renewed and '' or given)
if refused then return refused end
if is_unproven(binding, proof, now) then return {'unproven'} end

local ends = absolute ~= '' and (signed_in or created) + absolute
if ends and ends <= now then
  redis.call('DEL', hash, former)
  publish(hash, watched, now)
  return {'expired'}
end

-- Somebody else signs in: no rotating reference may keep a value that is not given again. Or somebody was signed in
-- before, and the reference that said who is gone.
local switches = false
if signs_in == '1' then
  local rotating, known = false, false
  signed_in = now
  ends = ends and now + absolute
  for r = 1, references do
    local a = first_reference + each * (r - 1)
    local rotates, plan, value = ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]
    local was = had[7 + r]
    if rotates == '1' then
      rotating, known = true, known or was
      if was and not (plan == 'set' and value == was) then switches = true end
    end
  end
  if had[5] and rotating and not known then switches = true end
end
if switches then kept_idle = false end

local function expiry(idle_timeout)
  return ends and math.min(ends, now + idle_timeout) or now + idle_timeout
end
local has_own_idle = own_idle ~= '' or kept_idle
if own_idle == '' then own_idle = kept_idle or idle end
local expires = expiry(own_idle)`

/**
 * What becomes of each reference. Afterwards `left` has the references whose value goes, `current` those that
 * the session will have (both flat), and `joining` the joins that apply: {index of the join, name, value, index of
 * the reference's arguments, whether the value is new}.
 */
export const PLAN_REFERENCES: string = /* lua */ `
local left, current, joining, joins = {}, {}, {}, 0
local renew = renewal == 'always'
local all_join = true
for r = 1, references do
  local a = first_reference + each * (r - 1)
  local name, rotates, plan, value = unpack(ARGV, a, a + 3)
  local was = had[7 + r]
  local is = was
  if plan == 'set' then is = value elseif plan == 'unset' or switches then is = false end
  if is ~= was then
    if was then left[#left + 1] = name; left[#left + 1] = was end
    if rotates == '1' and renewal == 'changed' then renew = true end
  end
  local joined = false
  if plan == 'set' or plan == 'rejoin' then
    joins = joins + 1
    joined = is == value
    if joined then joining[#joining + 1] = {joins, name, value, a + 4, is ~= was} end
  end
  if is then
    current[#current + 1] = name
    current[#current + 1] = is
    all_join = all_join and joined
  end
end`

/**
 * Nothing is done where the session would outlive its membership in a set. `held_until` is the time until
 * which the sets joined now are sure to hold it; those not joined now hold it until `indexed`.
 */
export const CHECK_SETS: string = /* lua */ `
if #joining > 0 then
  indexed = all_join and held_until or math.min(indexed, held_until)
end
if #current > 0 and expires > indexed then
  return {'needs-sets', expires - now, unpack(current)}
end`

/** The last reads: from here on nothing may fail that does not fail at the first write. */
export const LAST_READS: string = /* lua */ `
renew = renew and secret ~= next_secret
local secrets = renew and secret and former_secrets(redis.call('GET', former), secret)
local all_fields = switches and redis.call('HKEYS', hash) or {}
local would_expire = now + redis.call('PTTL', hash)
-- A sign-in gets a new binding; another change leaves a device bound.
local has_key = binding and string.find(binding, '[:?]')
local takes_binding = renew and next_binding ~= '' and (signs_in == '1' or switches or not has_key)`

/**
 * Writes the hash. `slots` has the slot that each join took, by the reference's name.
 *
 * HSET comes before HDEL: a full server refuses the first, and then nothing was removed.
 */
export const WRITE_SESSION: string = /* lua */ `
local counted = false
if counter ~= '' then
  local reply = redis.pcall('HINCRBY', hash, counter, step)
  if type(reply) == 'table' and reply.err then
    -- Not any 'ERR': a user without the right to HINCRBY gets one too.
    local unfit = string.find(reply.err, 'not an integer') or string.find(reply.err, 'overflow')
    if unfit then return {'not-integer'} end
    return reply
  end
  counted = redis.call('HGET', hash, counter)
end

local put, remove = {}, {}
if signs_in == '1' then put[1] = '${SIGNED_IN}'; put[2] = now end
for r = 1, references do
  local name, _, plan, value = unpack(ARGV, first_reference + each * (r - 1), first_reference + each * r - 1)
  if plan == 'set' then put[#put + 1] = name; put[#put + 1] = value end
  if plan == 'unset' then remove[#remove + 1] = name end
end
if #joining > 0 then put[#put + 1] = '${INDEXED}'; put[#put + 1] = indexed end
if ARGV[4] ~= '' then put[#put + 1] = '${MAX_AGE}'; put[#put + 1] = own_idle end
if takes_binding then put[#put + 1] = '${BINDING}'; put[#put + 1] = next_binding end
for name, slot in pairs(slots) do put[#put + 1] = '${SLOT}' .. name; put[#put + 1] = slot end
-- The slot of a value that the session leaves goes with it.
for l = 1, #left, 2 do
  if not slots[left[l]] then remove[#remove + 1] = '${SLOT}' .. left[l] end
end

local first_field = first_reference + each * references
local last_field = first_field + 2 * fields - 1
-- A full server still lets sessions be touched, and fields be removed: then it only keeps the older time.
redis.pcall('HSET', hash, '${LAST_ACTIVE}', now)
if #put > 0 then redis.call('HSET', hash, unpack(put)) end
with_arguments('HSET', hash, first_field, last_field)
if renew then
  if secrets then redis.call('SET', former, secrets, 'PX', ${FORMER_KEEP_FOR}) end
  redis.call('HSET', hash, '${SECRET}', next_secret)
end
if #remove > 0 then redis.call('HDEL', hash, unpack(remove)) end
with_arguments('HDEL', hash, last_field + 1, #ARGV)
if switches then
  local stays = {}
  for i = 1, #put, 2 do stays[put[i]] = true end
  for a = first_field, last_field, 2 do stays[ARGV[a]] = true end
  local own_that_go = {['${MAX_AGE}'] = true, ['${BINDING}'] = true}
  for _, name in ipairs(all_fields) do
    if not stays[name] and (own_that_go[name] or string.sub(name, 1, 1) ~= '$') then
      redis.call('HDEL', hash, name)
    end
  end
end

if fields == 0 and #current == 0 and not counted then
  local own = 1 + (secret and 1 or 0) + (had[3] and 1 or 0) + (has_own_idle and 1 or 0)
  if redis.call('HGET', hash, '${LAST_ACTIVE}') then own = own + 1 end
  if signed_in then own = own + 1 end
  if watched then own = own + 1 end
  if takes_binding or binding and not switches then own = own + 1 end
  if redis.call('HLEN', hash) == own then
    expires = expiry(math.min(own_idle, empty_idle))
  end
end
redis.call('PEXPIREAT', hash, expires)
if renew or expires < would_expire then publish(hash, watched, now) end
local updated = {
  'updated', expires - now, expires, would_expire, has_own_idle and 1 or 0, (renew or renewed) and 1 or 0,
  counted, left, (takes_binding or next_binding ~= '' and binding == next_binding) and 1 or 0
}`
