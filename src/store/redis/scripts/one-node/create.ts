import { SECRET, SLOT } from '../../../hash-fields.js'
import {
  adoptionArguments,
  adoptionKey,
  fieldArguments,
  MARK_ADOPTED,
  type NewSession,
  WRITE_HASH,
} from '../lib/create.js'
import {
  type BlockedReply,
  JOIN,
  type Join,
  type JoinBlocked,
  joinArguments,
  type JoinedSet,
  joinKeys,
  type JoinReply,
  toJoinBlocked,
  toJoinedSet,
} from '../lib/join.js'
import { defineScript, type Integer } from '../lib/script.js'
import { NOW_US } from '../lib/time.js'
import { BURY } from '../lib/tombstone.js'

interface Input {
  readonly session: NewSession
  readonly joins: readonly Join[]
  /** How long its tombstone stands, ms. */
  readonly buryFor: number
}

type Reply =
  | JoinBlocked
  /** The id is in use, or was: the session that this call created has ended, or the one that was adopted. */
  | { readonly status: 'exists' | 'ended' | 'adopted' }
  | {
      readonly status: 'created'
      readonly expiresAt: number
      /** In the order of the joins. */
      readonly joined: readonly JoinedSet[]
    }

/**
 * Creates a session and puts it into its sets, unless its id is in use.
 *
 * KEYS: its hash, its tombstone; for each set to join: the set, its revocation time, its slots; for an adopted
 * session the key that says so.
 * ARGV: as bound below; for each set to join: the reference, the value, a join request (lib/join.ts);
 * then the other fields and their values.
 *
 * A client that lost the connection sends its command again. The session that it created is not "in use", but
 * it may have changed since, so the script leaves it as it is and reports the sessions over the limit once
 * more. If it has ended since, it must not live again: its tombstone says so.
 *
 * An operator's creation with a reference leaves one at once, as in ./update.ts.
 *
 * Sets come before the hash: if one of their keys holds something else, nothing has been written.
 */
export const CREATE_ONE_NODE = defineScript({
  lua: [
    NOW_US,
    BURY,
    JOIN,
    WRITE_HASH,
    MARK_ADOPTED,
    /* lua */ `
local hash, tombstone = KEYS[1], KEYS[2]
local id, secret, signs_in, bury_for = unpack(ARGV, 1, 4)
local ttl, joins, old_until, keep_mark_for = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8]
local function keys_of(j) return KEYS[3 * j], KEYS[3 * j + 1], KEYS[3 * j + 2] end
local function request_of(j) return unpack(ARGV, 4 + 5 * j, 8 + 5 * j) end
local first_field = 9 + 5 * joins
local us = now_us()
local now = math.floor(us / 1000)

if redis.call('EXISTS', hash) == 1 then
  if secret == '' or redis.call('HGET', hash, '${SECRET}') ~= secret then return {'exists'} end
  local reply = {'created', now + redis.call('PTTL', hash)}
  for j = 1, joins do
    local _, _, slots = keys_of(j)
    local field, _, _, max = request_of(j)
    local slot = redis.call('HGET', hash, '${SLOT}' .. field)
    local has_slot = slot and redis.call('ZSCORE', slots, id)
    reply[2 + j] = has_slot and {{}, over_limit(slots, max, slot), slot, 0} or {}
  end
  return reply
end
if was_adopted(old_until) then return {'adopted'} end
if secret ~= '' and redis.call('HGET', tombstone, 'ended') then return {'ended'} end

for j = 1, joins do
  local _, revoked, slots = keys_of(j)
  local _, _, started_after, max, claim = request_of(j)
  local blocked = join_blocked(j, id, revoked, slots, started_after, max, claim)
  if blocked then return blocked end
end

local reply = {'created', now + ttl}
local own = own_fields(now, secret, signs_in, joins > 0 and now + 2 * ttl)
for j = 1, joins do
  local set, _, slots = keys_of(j)
  local field, value, _, max, claim = request_of(j)
  local joined = join(id, set, slots, max, claim, now, 2 * ttl, us)
  own_reference(own, field, value, joined[3])
  reply[2 + j] = joined
end
if secret == '' and joins > 0 then bury(tombstone, 'ended', 0, now, bury_for) end
mark_adopted(old_until, keep_mark_for)
write_hash(hash, own, first_field, now + ttl)
return reply`,
  ],
  encode: ({ session, joins, buryFor }: Input) => {
    const { id, hash, tombstone, secretHash = '', signsIn, ttl } = session
    const args = [
      id,
      secretHash,
      signsIn ? '1' : '',
      String(buryFor),
      String(ttl),
      String(joins.length),
      ...adoptionArguments(session),
    ]
    for (const join of joins) {
      args.push(join.reference.field, join.reference.value, ...joinArguments(join))
    }
    args.push(...fieldArguments(session))
    return { keys: [hash, tombstone, ...joinKeys(joins), ...adoptionKey(session)], args }
  },
  decode: (
    reply:
      | ['exists']
      | ['ended']
      | ['adopted']
      | BlockedReply
      | ['created', Integer, ...JoinReply[]],
  ): Reply => {
    switch (reply[0]) {
      case 'created': {
        const [status, expiresAt, ...joined] = reply
        return { status, expiresAt: Number(expiresAt), joined: joined.map(toJoinedSet) }
      }
      case 'exists':
      case 'ended':
      case 'adopted':
        return { status: reply[0] }
      default:
        return toJoinBlocked(reply)
    }
  },
})
