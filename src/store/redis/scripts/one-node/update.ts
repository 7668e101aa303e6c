import {
  type BlockedReply,
  JOIN,
  type Join,
  type JoinBlocked,
  joinArguments,
  joinKeys,
  toJoinBlocked,
} from '../lib/join.js'
import { defineScript } from '../lib/script.js'
import {
  ARGUMENTS,
  CHECK_SETS,
  commonArguments,
  FUNCTIONS,
  LAST_READS,
  otherFieldArguments,
  PLAN_REFERENCES,
  type RawUpdateReply,
  READ_SESSION,
  referenceArguments,
  type SessionUpdate,
  toUpdateReply,
  type UpdateReply,
  WRITE_SESSION,
} from '../lib/update.js'

/**
 * Changes a live session and joins its new sets: all of it, or nothing. Never creates a session.
 *
 * KEYS: its hash, its superseded secrets; for each set to join, in the order of the references: the set, its
 * revocation time, its slots.
 * ARGV: as bound in lib/update.ts, and the id; for each reference: as lib/update.ts says, and a join request
 * (lib/join.ts); then the other fields to set with their values, then the other fields to remove.
 *
 * Sets come before the hash: if one of their keys holds something else, nothing has been written.
 */
export const UPDATE_ONE_NODE = defineScript({
  lua: [
    FUNCTIONS,
    JOIN,
    ARGUMENTS,
    /* lua */ `
local id = ARGV[12]
local first_reference, each = 13, 7`,
    READ_SESSION,
    PLAN_REFERENCES,
    /* lua */ `
local held_until = now + 2 * (expires - now)`,
    CHECK_SETS,
    /* lua */ `
local function keys_of(j) return KEYS[3 * j], KEYS[3 * j + 1], KEYS[3 * j + 2] end
-- A session that has the value already has signed in before: neither a revokeAll nor a limit refuses it.
local function request_of(a, is_new)
  local started_after, max, claim = unpack(ARGV, a, a + 2)
  if is_new then return started_after, max, claim end
  return '-', max, claim == 'claim' and 'keep' or claim
end
for _, joined in ipairs(joining) do
  local j, _, _, a, is_new = unpack(joined)
  local _, revoked, slots = keys_of(j)
  local started_after, max, claim = request_of(a, is_new)
  local blocked = join_blocked(j, id, revoked, slots, started_after, max, claim)
  if blocked then return blocked end
end`,
    LAST_READS,
    /* lua */ `
local sets, slots = {}, {}
for j = 1, joins do sets[j] = {} end
for _, joined in ipairs(joining) do
  local j, name, _, a, is_new = unpack(joined)
  local set, _, slots_key = keys_of(j)
  local _, max, claim = request_of(a, is_new)
  sets[j] = join(id, set, slots_key, max, claim, now, held_until - now)
  local slot = sets[j][3]
  if slot and slot ~= '' then slots[name] = slot end
end`,
    WRITE_SESSION,
    /* lua */ `
for j = 1, joins do updated[#updated + 1] = sets[j] end
return updated`,
  ],
  encode: (input: SessionUpdate & { readonly id: string; readonly joins: readonly Join[] }) => {
    const joins = new Map(
      input.joins.map((join) => [
        join.reference.field,
        { ...join.reference, arguments: joinArguments(join) },
      ]),
    )
    return {
      keys: [input.hash, input.superseded, ...joinKeys(input.joins)],
      args: [
        ...commonArguments(input),
        input.id,
        ...referenceArguments(input, joins, (join) => join?.arguments ?? ['', '', '']),
        ...otherFieldArguments(input),
      ],
    }
  },
  decode: (reply: RawUpdateReply | BlockedReply): UpdateReply | JoinBlocked =>
    reply[0] === 'revoked' || reply[0] === 'full' ? toJoinBlocked(reply) : toUpdateReply(reply),
})
