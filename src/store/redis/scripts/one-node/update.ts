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
import { BURY_YOUNG } from '../lib/tombstone.js'
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

interface Input extends SessionUpdate {
  readonly id: string
  readonly tombstone: string
  readonly joins: readonly Join[]
  /** How long its tombstone stands, ms. */
  readonly buryFor: number
}

/**
 * Changes a live session and joins its new sets: all of it, or nothing. Never creates a session.
 *
 * KEYS: its hash, its former secrets, its tombstone; for each set to join, in the order of the references: the set, its
 * revocation time, its slots.
 * ARGV: as bound in lib/update.ts and below; for each reference: as lib/update.ts says, and a join request
 * (lib/join.ts); then the other fields to set with their values, then the other fields to remove.
 *
 * Sets come before the hash: if one of their keys holds something else, nothing has been written.
 *
 * An operator's new value leaves a tombstone beside a young session. Its creation, should a client send it again once
 * this value was revoked, asks for the revocation time of another value.
 */
export const UPDATE_ONE_NODE = defineScript({
  lua: [
    FUNCTIONS,
    BURY_YOUNG,
    JOIN,
    ARGUMENTS,
    /* lua */ `
local tombstone = KEYS[3]
local id, bury_for = ARGV[15], ARGV[16]
local first_reference, each = 17, 7`,
    READ_SESSION,
    PLAN_REFERENCES,
    /* lua */ `
local held_until = now + 2 * (expires - now)`,
    CHECK_SETS,
    /* lua */ `
local function keys_of(j) return KEYS[1 + 3 * j], KEYS[2 + 3 * j], KEYS[3 + 3 * j] end
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
local us = #joining > 0 and now_us()
for j = 1, joins do sets[j] = {} end
for _, joined in ipairs(joining) do
  local j, name, _, a, is_new = unpack(joined)
  local set, _, slots_key = keys_of(j)
  local _, max, claim = request_of(a, is_new)
  sets[j] = join(id, set, slots_key, max, claim, now, held_until - now, us)
  local slot = sets[j][3]
  if slot and slot ~= '' then slots[name] = slot end
  if given == '' and is_new then bury_young(tombstone, created, now, bury_for) end
end`,
    WRITE_SESSION,
    /* lua */ `
for j = 1, joins do updated[#updated + 1] = sets[j] end
return updated`,
  ],
  encode: (input: Input) => {
    const joins = new Map(
      input.joins.map((join) => [
        join.reference.field,
        { ...join.reference, arguments: joinArguments(join) },
      ]),
    )
    return {
      keys: [input.hash, input.former, input.tombstone, ...joinKeys(input.joins)],
      args: [
        ...commonArguments(input),
        input.id,
        String(input.buryFor),
        ...referenceArguments(input, joins, (join) => join?.arguments ?? ['', '', '']),
        ...otherFieldArguments(input),
      ],
    }
  },
  decode: (reply: RawUpdateReply | BlockedReply): UpdateReply | JoinBlocked =>
    reply[0] === 'revoked' || reply[0] === 'full' ? toJoinBlocked(reply) : toUpdateReply(reply),
})
