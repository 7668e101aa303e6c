import { ADD_TO_SET, type Join, type JoinedSet, type JoinReply, toJoinedSet } from '../lib/join.js'
import { OVER_LIMIT_BEFORE } from '../lib/limit.js'
import { defineScript } from '../lib/script.js'
import { TIME } from '../lib/time.js'

interface Input {
  readonly id: string
  readonly join: Join
  /** How long the set has to hold the id, ms. */
  readonly holdFor: number
  /** The slot that the session claimed, µs. */
  readonly slot: string
}

/**
 * Puts an id back into a set, should it have been pruned, and confirms its slot: the session exists now. The
 * script reports the sessions over the limit that took their slots before it.
 *
 * KEYS: the set, its slots.
 * ARGV: as bound below.
 */
export const CONFIRM_JOIN = defineScript({
  lua: [
    TIME,
    ADD_TO_SET,
    OVER_LIMIT_BEFORE,
    /* lua */ `
local set, slots = KEYS[1], KEYS[2]
local id, hold_for, max, slot = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local taken = redis.call('ZSCORE', slots, id)
if not taken then return {'evicted'} end
local now = now_ms()
local members = add_to_set(id, set, now, hold_for)
extend(slots, now, hold_for)
local confirmed = taken - taken % 2 + 1
redis.call('ZADD', slots, confirmed, id)
return {'confirmed', members, over_limit(slots, max, slot), confirmed, 0}`,
  ],
  encode: ({ id, join, holdFor, slot }: Input) => ({
    keys: [join.keys.set, join.keys.slots],
    args: [id, String(holdFor), String(join.max), slot],
  }),
  decode: (
    reply: ['evicted'] | ['confirmed', ...JoinReply],
  ): { readonly status: 'evicted' } | ({ readonly status: 'confirmed' } & JoinedSet) => {
    if (reply[0] === 'evicted') return { status: reply[0] }
    const [status, ...joined] = reply
    return { status, ...toJoinedSet(joined) }
  },
})
