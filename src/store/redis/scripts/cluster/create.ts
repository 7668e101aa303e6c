import { SECRET } from '../../../hash-fields.js'
import {
  adoptionArguments,
  adoptionKey,
  fieldArguments,
  MARK_ADOPTED,
  type NewSession,
  WRITE_HASH,
} from '../lib/create.js'
import { defineScript, type Integer, optional } from '../lib/script.js'
import { TIME } from '../lib/time.js'
import { IS_BURIED } from '../lib/tombstone.js'
import type { HeldBySets } from './held-by-sets.js'

type Reply =
  | {
      /**
       * `exists`: the id is in use. `ended`: this call created the session before, and it has ended.
       * `adopted`: the session was adopted before, and has ended.
       * `late`: the session would outlive its membership in its sets, or was not created in time.
       * `revoked`: a revokeAll met the id since it joined, or its slot was released.
       */
      readonly status: 'exists' | 'ended' | 'adopted' | 'late' | 'revoked'
    }
  | { readonly status: 'created'; readonly expiresAt: number }

/**
 * Creates a session that has joined its sets on other nodes, unless its id is in use.
 *
 * KEYS: its hash, its tombstone; for an adopted session the key that says so.
 * ARGV: as bound below; for each set: the reference, the value, the revocation time under which the session
 * joined ('' if nothing refuses it) and the slot that it claimed; then the other fields and their values.
 *
 * A command that is sent again is treated as in ../one-node/create.ts.
 */
export const CREATE_CLUSTER = defineScript({
  lua: [
    TIME,
    IS_BURIED,
    WRITE_HASH,
    MARK_ADOPTED,
    /* lua */ `
local hash, tombstone = KEYS[1], KEYS[2]
local secret, signs_in, ttl, held_until, write_until, sets, old_until, keep_mark_for = unpack(ARGV, 1, 8)
local function set_at(s) return unpack(ARGV, 5 + 4 * s, 8 + 4 * s) end
local first_field = 9 + 4 * sets
local now = now_ms()

if redis.call('EXISTS', hash) == 1 then
  if secret == '' or redis.call('HGET', hash, '${SECRET}') ~= secret then return {'exists'} end
  return {'created', now + redis.call('PTTL', hash)}
end
if was_adopted(old_until) then return {'adopted'} end
if secret ~= '' and redis.call('HGET', tombstone, 'ended') then return {'ended'} end

local ends = now + ttl
held_until = tonumber(held_until)
if held_until and (ends > held_until or now > tonumber(write_until)) then return {'late'} end
local own = own_fields(now, secret, signs_in, held_until)
for s = 1, sets do
  local field, value, revoked_at, slot = set_at(s)
  if revoked_at ~= '' and is_buried(tombstone, field .. ':' .. value, revoked_at, slot) then
    return {'revoked'}
  end
  own_reference(own, field, value, slot)
end
mark_adopted(old_until, keep_mark_for)
write_hash(hash, own, first_field, ends)
return {'created', ends}`,
  ],
  encode: ({ session, held }: { session: NewSession; held: HeldBySets }) => {
    const { hash, tombstone, secretHash = '', signsIn, ttl } = session
    const { until, writeUntil, sets } = held
    const args = [
      secretHash,
      signsIn ? '1' : '',
      String(ttl),
      optional(until),
      optional(writeUntil),
      String(sets.length),
      ...adoptionArguments(session),
    ]
    for (const { field, value, revokedAt, slot } of sets) args.push(field, value, revokedAt, slot)
    args.push(...fieldArguments(session))
    return { keys: [hash, tombstone, ...adoptionKey(session)], args }
  },
  decode: (
    reply: ['exists' | 'ended' | 'adopted' | 'late' | 'revoked'] | ['created', Integer],
  ): Reply =>
    reply[0] === 'created'
      ? { status: reply[0], expiresAt: Number(reply[1]) }
      : { status: reply[0] },
})
