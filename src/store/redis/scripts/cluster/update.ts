import { SLOT } from '../../../hash-fields.js'
import { defineScript, optional } from '../lib/script.js'
import { IS_BURIED } from '../lib/tombstone.js'
import {
  ARGUMENTS,
  CHECK_SETS,
  FUNCTIONS,
  LAST_READS,
  PLAN_REFERENCES,
  READ_SESSION,
  WRITE_SESSION,
} from '../lib/update.js'
import {
  commonArguments,
  otherFieldArguments,
  type RawUpdateReply,
  referenceArguments,
  type SessionUpdate,
  toUpdateReply,
  type UpdateReply,
} from '../lib/update-call.js'
import type { HeldBySets } from './held-by-sets.js'

/** `revoked`: a revokeAll met the id since it joined, or its slot was released. `late`: its time is over. */
type NotWritten = 'revoked' | 'late'

type Reply = UpdateReply | { readonly status: NotWritten }

/**
 * Changes a live session that has joined its new sets on other nodes: all of it, or nothing. Never creates a
 * session.
 *
 * KEYS: its hash, its former secrets, its tombstone.
 * ARGV: as bound in lib/update.ts and below; for each reference: as lib/update.ts says, the revocation time
 * under which the session joined ('' if nothing refuses it, 'had-value' if it was let in only because it had
 * the value), and the slot that it claimed; then the other fields to set with their values, then the other
 * fields to remove.
 */
export const UPDATE_CLUSTER = defineScript({
  lua: [
    FUNCTIONS,
    IS_BURIED,
    ARGUMENTS,
    /* lua */ `
local tombstone = KEYS[3]
local held_until, write_until = tonumber(ARGV[15]), tonumber(ARGV[16])
local first_reference, each = 17, 6`,
    READ_SESSION,
    PLAN_REFERENCES,
    CHECK_SETS,
    /* lua */ `
for _, joined in ipairs(joining) do
  local _, name, value, a, is_new = unpack(joined)
  local revoked_at, slot = ARGV[a], ARGV[a + 1]
  if is_new and revoked_at ~= '' then
    local had_value = revoked_at == 'had-value'
    if had_value or is_buried(tombstone, name .. ':' .. value, revoked_at, slot) then return {'revoked'} end
    if now > write_until then return {'late'} end
  end
end`,
    LAST_READS,
    /* lua */ `
local slots = {}
for _, joined in ipairs(joining) do
  local _, name, _, a, is_new = unpack(joined)
  local slot = ARGV[a + 1]
  if slot ~= '' then
    -- Another sign-in of this session may have come first that claimed a later one.
    local other = not is_new and redis.call('HGET', hash, '${SLOT}' .. name)
    slots[name] = math.max(slot, other or 0)
  end
end`,
    WRITE_SESSION,
    /* lua */ `
return updated`,
  ],
  encode: (input: SessionUpdate & { readonly tombstone: string; readonly held: HeldBySets }) => {
    const { until, writeUntil, sets } = input.held
    const joins = new Map(sets.map((set) => [set.field, set]))
    return {
      keys: [input.hash, input.former, input.tombstone],
      args: [
        ...commonArguments(input),
        // Without joins nothing is held for longer than before.
        optional(until ?? 0),
        optional(writeUntil),
        ...referenceArguments(input, joins, (set) => [
          set?.hadValue === true ? 'had-value' : (set?.revokedAt ?? ''),
          set?.slot ?? '',
        ]),
        ...otherFieldArguments(input),
      ],
    }
  },
  decode: (reply: RawUpdateReply | [NotWritten]): Reply =>
    isNotWritten(reply) ? { status: reply[0] } : toUpdateReply(reply),
})

function isNotWritten(reply: RawUpdateReply | [NotWritten]): reply is [NotWritten] {
  return reply[0] === 'revoked' || reply[0] === 'late'
}
