import type { ValueKeys } from '../../../keys.js'
import { type Reference, REVOKED_FOR } from '../../../store.js'
import { LIMIT } from './limit.js'
import { MEET_REVOCATION } from './revocation.js'
import { flatEntries, type Integer, optional } from './script.js'

/**
 * Lines that put the id `id` into the set `set`, which holds it for `hold_for` ms from `now` on. Once the set holds
 * more than five ids, they assign random ones to `members`: the caller prunes those that are dead. Checking four for
 * each join keeps a set within 4/3 of its living sessions.
 *
 * On one node, a set of more than 32 gives sixteen at one join of four: when its size is a multiple of eight. It also
 * gives sixteen at one of sixteen other joins, by `us`, the microseconds of the time, because a set whose users sign in
 * and out in turn has the same size at each join. On a cluster simultaneous sign-ins all see the same size: there `us`
 * is nil, and each join gives four.
 *
 * A set's time to live is only ever raised, as other sessions rely on it. (PEXPIREAT GT is not in Redis 6.2.)
 */
export const ADD_ID: string = /* lua */ `
local added, size = redis.call('SADD', set, id), redis.call('SCARD', set)
-- A new set has no time to live, so none need be asked for.
if added == 1 and size == 1 or redis.call('PTTL', set) < hold_for then
  redis.call('PEXPIREAT', set, now + hold_for)
end
local members
if size > 5 and (size <= 32 or not us) then
  members = redis.call('SRANDMEMBER', set, 4)
elseif size > 32 and (size % 8 == 0 or us % 16 == 0) then
  members = redis.call('SRANDMEMBER', set, 16)
end`

/** `add_to_set` runs these lines and returns the members. */
export const ADD_TO_SET: string = /* lua */ `
local function add_to_set(id, set, now, hold_for, us)${ADD_ID}
  return members or {}
end

local function extend(key, now, ttl)
  if redis.call('PTTL', key) < ttl then redis.call('PEXPIREAT', key, now + ttl) end
end`

/**
 * Joining the set of a value. A join request has these arguments:
 *
 *   started_after  a time, µs, at which the request had surely not begun: a revocation time from then on
 *                  refuses it. '' if none is known (any of the last hour refuses), '-' if nothing refuses
 *   max            the limit; '' for none
 *   claim          see limit.ts
 *
 * `join_blocked` joins nothing and returns nil, or
 *   {'revoked', index of the set, its revocation time, time now}
 *   {'full', index of the set, time now, {id, its slot, …}}  the first thousand
 *
 * `join` returns {} where there is nothing to tell, or
 *   {{random members}, {id of a session over the limit, its slot, …}, own slot or '', 1 if it is new}
 */
export const JOIN: string = /* lua */ `${LIMIT}${ADD_TO_SET}${MEET_REVOCATION}
local function join_blocked(index, id, revoked, slots, started_after, max, claim)
  local revoked_at, now
  if started_after ~= '-' then revoked_at, now = meet_revocation(revoked) end
  local after = tonumber(started_after) or revoked_at and now - ${1000 * REVOKED_FOR}
  if revoked_at and tonumber(revoked_at) >= after then
    return {'revoked', index, revoked_at, now}
  end
  local full = max ~= '' and full_slots(slots, id, max, claim)
  if full then return {'full', index, now_us(), full} end
end

local function join(id, set, slots, max, claim, now, ttl, us)
  local members = add_to_set(id, set, now, ttl, us)
  if max == '' then return #members > 0 and {members} or {} end
  local over, slot, is_new = take_slot(slots, id, max, claim)
  extend(slots, now, ttl)
  return {members, over, slot, is_new}
end`

/** How a session asks to join the set of a value: what scripts are told of it. */
export interface Join {
  readonly reference: Reference
  readonly keys: ValueKeys
  /** See `started_after` above. */
  readonly startedAfter: number | '' | '-'
  readonly max: number | undefined
  readonly claim: Claim
}

/** See limit.ts. */
export type Claim = 'claim' | 'evict' | 'keep'

/** A session's slot: its id, and the time at which it took the slot, µs. */
export type Slot = readonly [id: string, takenAt: string]

/** What a script tells about a set that a session joined. */
export interface JoinedSet {
  /** Random members to prune. */
  readonly members: readonly string[]
  /** Sessions over the limit. */
  readonly excess: readonly Slot[]
  /** The slot that the session took; '' if that did not change. */
  readonly slot: string
  readonly isNewSlot: boolean
}

/** Why a session may not join a set, for now. `set` is the join's index, times are the node's clock, µs. */
export type JoinBlocked =
  | {
      readonly status: 'revoked'
      readonly set: number
      readonly revokedAt: number
      readonly now: number
    }
  | {
      readonly status: 'full'
      readonly set: number
      readonly now: number
      readonly slots: readonly Slot[]
    }

export function joinKeys(joins: readonly Join[]): string[] {
  const all: string[] = []
  for (const { keys } of joins) all.push(keys.set, keys.revoked, keys.slots)
  return all
}

export function joinArguments({ startedAfter, max, claim }: Join): string[] {
  return [String(startedAfter), optional(max), claim]
}

export type JoinReply =
  | []
  | [members: string[]]
  | [members: string[], over: string[], slot: Integer, isNew: Integer]

export function toJoinedSet([members = [], over = [], slot = '', isNew = 0]: JoinReply): JoinedSet {
  return { members, excess: flatEntries(over), slot: String(slot), isNewSlot: Number(isNew) === 1 }
}

export type BlockedReply =
  | ['revoked', set: Integer, revokedAt: string, now: Integer]
  | ['full', set: Integer, now: Integer, slots: string[]]

export function toJoinBlocked(reply: BlockedReply): JoinBlocked {
  if (reply[0] === 'revoked') {
    const [status, number, revokedAt, now] = reply
    return { status, set: Number(number) - 1, revokedAt: Number(revokedAt), now: Number(now) }
  }
  const [status, number, now, slots] = reply
  return { status, set: Number(number) - 1, now: Number(now), slots: flatEntries(slots) }
}
