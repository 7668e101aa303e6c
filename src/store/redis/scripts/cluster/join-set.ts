import {
  type BlockedReply,
  JOIN,
  type Join,
  type JoinBlocked,
  joinArguments,
  type JoinedSet,
  type JoinReply,
  toJoinBlocked,
  toJoinedSet,
} from '../lib/join.js'
import { defineScript, type Integer } from '../lib/script.js'
import { NOW_US } from '../lib/time.js'

interface Input {
  readonly id: string
  readonly join: Join
  /** How long the set has to hold the id, ms. */
  readonly holdFor: number
}

interface Joined extends JoinedSet {
  readonly status: 'joined'
  /** When, µs of the node's clock. */
  readonly at: number
  /** The number of the value's last revokeAll, µs; '0' if there is none. */
  readonly revokedAt: string
}

/**
 * Puts an id into one set, before the session on another node takes the set's value.
 *
 * KEYS: the set, its revocation time, its slots.
 * ARGV: as bound below; the join request (lib/join.ts) begins at ARGV[3].
 */
export const JOIN_SET = defineScript({
  lua: [
    NOW_US,
    JOIN,
    /* lua */ `
local set, revoked, slots = KEYS[1], KEYS[2], KEYS[3]
local id, hold_for, started_after, max, claim = unpack(ARGV, 1, 5)
local blocked = join_blocked(1, id, revoked, slots, started_after, max, claim)
if blocked then return blocked end
local at = now_us()
local joined = join(id, set, slots, max, claim, math.floor(at / 1000), tonumber(hold_for))
return {'joined', at, revocation(revoked) or '0', joined}`,
  ],
  encode: ({ id, join, holdFor }: Input) => ({
    keys: [join.keys.set, join.keys.revoked, join.keys.slots],
    args: [id, String(holdFor), ...joinArguments(join)],
  }),
  decode: (
    reply: BlockedReply | ['joined', at: Integer, revokedAt: string, JoinReply],
  ): JoinBlocked | Joined => {
    if (reply[0] !== 'joined') return toJoinBlocked(reply)
    const [status, at, revokedAt, joined] = reply
    return { status, at: Number(at), revokedAt, ...toJoinedSet(joined) }
  },
})
