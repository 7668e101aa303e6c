import { createHash } from 'node:crypto'
import { MOST_SEATS } from '../../store.js'

/** A Lua script and the digest by which Redis knows it once it has run. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

export function defineScript(...parts: string[]): Script {
  const lua = parts.join('\n')
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/**
 * The time in µs and in ms. Every time in Redis comes from Redis's own clock, so that the clocks of
 * the application's machines do not matter.
 */
export const NOW = `
local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function now() return math.floor(micros() / 1000) end`

/**
 * Whether a session may join the set of a value, and its joining. Of each value there are three keys:
 * KEYS[k] the set, KEYS[k + 1] the time of the last revokeAll, KEYS[k + 2] the seats where there is a
 * limit, each with the time at which it was taken. Three arguments say how it asks, from ARGV[a] on:
 *
 *   a time, µs, at which its request had surely not begun: a revokeAll from then on refuses it; '' if
 *   none is known (then any refuses it), '-' if it does not matter
 *   the most seats; '' for no limit
 *   'claim' a seat if one is free, 'evict' those who are too many, 'keep' one in any case, or the time of the
 *   seat that it took, to confirm it
 *
 * `barred` writes nothing and returns nil, or
 *   {'revoked', number of the set, time of the revokeAll, time now}
 *   {'full', number of the set, time now, {id, time at which it took its seat, …}}  the first
 *                 thousand: if these all live, that is as many as there may be
 *   {'evicted'}  the seat it had is taken
 *
 * `join` raises the set's time to live; it is never lowered, for others in the set may count on it.
 * (PEXPIREAT's GT would say "only ever raised", but is not in Redis 6.2.) It returns
 * {{a few members}, {id of one too many that signed in before it, the time of its seat, …}, the time of
 * its own seat, or '' if that did not change, and 1 if it had none before}, or {} where there is nothing
 * to tell. Members at random come once the set holds more than a handful: whoever joins looks whether
 * those still live (see `prune` in ../set-protocol.ts). Four looked at for one that joins keep a set
 * within 4/3 of its living.
 *
 * Nobody loses a seat here: whoever is too many is told each time, also to a command that is sent again,
 * until somebody has ended it and freed its seat. So is who claims the seat that it has: it may have been away
 * when those were to be ended who are too many. Who confirms its seat is told of those that took theirs
 * before that, also if another request of the same session has claimed it again. A seat that is claimed is taken later than all others,
 * also by the clock of another node that took over and is behind: so who frees it by its time frees no
 * other, and who signed in last is the last to be ended. Its time is even, and odd once it is confirmed:
 * then its session has been made, and a seat whose session is missing is free.
 */
export const JOIN = `
local function barred(r, k, a, id)
  local began, max, how = ARGV[a], ARGV[a + 1], ARGV[a + 2]
  local revoked = began ~= '-' and redis.call('GET', KEYS[k + 1])
  if revoked and (began == '' or tonumber(revoked) >= tonumber(began)) then
    return {'revoked', r, revoked, micros()}
  end
  if max == '' or how == 'keep' or redis.call('ZSCORE', KEYS[k + 2], id) then return nil end
  if tonumber(how) then return {'evicted'} end
  if how == 'claim' and redis.call('ZCARD', KEYS[k + 2]) >= tonumber(max) then
    return {'full', r, micros(), redis.call('ZRANGE', KEYS[k + 2], 0, ${MOST_SEATS - 1}, 'WITHSCORES')}
  end
end

local function raise(key, now, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIREAT', key, now + ttl) end
end

local function take_seat(seats, max, how, id)
  local had = redis.call('ZSCORE', seats, id)
  if had and how == 'keep' then return {}, '', 0 end
  local time, taken
  if tonumber(how) then
    time = had - had % 2 + 1
    taken = how - how % 2
  else
    local last = redis.call('ZRANGE', seats, -1, -1, 'WITHSCORES')[2] or 0
    time = math.max(micros(), last + 2)
    time = time - time % 2
    taken = time
  end
  redis.call('ZADD', seats, time, id)
  local over = {}
  if how ~= 'keep' then
    local before = redis.call('ZCOUNT', seats, '-inf', string.format('(%.0f', taken))
    local many = math.min(redis.call('ZCARD', seats) - max, before, ${MOST_SEATS})
    if many > 0 then over = redis.call('ZRANGE', seats, 0, many - 1, 'WITHSCORES') end
  end
  return over, time, had and 0 or 1
end

local function join(k, a, id, now, ttl)
  local added = redis.call('SADD', KEYS[k], id)
  local size = redis.call('SCARD', KEYS[k])
  -- A new set has no time to live, so there is none to ask for.
  if added == 1 and size == 1 then
    redis.call('PEXPIREAT', KEYS[k], now + ttl)
  else
    raise(KEYS[k], now, ttl)
  end
  local over, seat, taken = {}, '', 0
  local max, how = ARGV[a + 1], ARGV[a + 2]
  if max ~= '' then
    over, seat, taken = take_seat(KEYS[k + 2], max, how, id)
    raise(KEYS[k + 2], now, ttl)
  end
  if size > 5 then return {redis.call('SRANDMEMBER', KEYS[k], 4), over, seat, taken} end
  return max == '' and {} or {{}, over, seat, taken}
end`

/**
 * What was noted of an id on a cluster, whose session had not (yet) a value when that was the reason to
 * end it: KEYS[k] is a hash of 'FIELD:VALUE' to the mark of the revokeAll that met the id in the value's
 * set, and of '$seat:FIELD:VALUE' to the time of the seat that was freed. Who joined the set before it was
 * marked, or lost its seat, may not take the value. Kept for longer than a write may come after its joining,
 * which its time `until` bounds. Marks and seats' times are compared with those of the same set alone.
 * There each mark is greater than the one before, whatever the clock does. So is the time of each seat,
 * as long as there are others: the only one that was freed, and then taken by a clock that was set
 * back, may be refused for as long as the note stands, a minute.
 */
export const NOTED = `
local function noted(k, what, mark, seat)
  local notes = redis.call('HMGET', KEYS[k], what, '$seat:' .. what)
  return notes[1] and tonumber(notes[1]) > tonumber(mark)
    or notes[2] and seat ~= '' and tonumber(notes[2]) >= tonumber(seat)
end`

/**
 * A page of a set: {where the next one begins, or '0', {members}, which server told it}. Where a page begins
 * means something to one server process alone: another one that takes over would leave out some of the
 * members. So it is told which it was, except where one page is the whole set.
 */
export const PAGE_OF = `
local function page_of(set, start, count)
  local page = redis.call('SSCAN', set, start, 'COUNT', count)
  local whole = start == '0' and page[1] == '0'
  page[3] = whole and '' or string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  return page
end`

/** Calls a command with a range of ARGV, in parts: Lua's \`unpack\` is bounded. */
export const WITH_ARGUMENTS = `
local function with_arguments(command, key, first, last)
  for i = first, last, 1000 do
    redis.call(command, key, unpack(ARGV, i, math.min(i + 999, last)))
  end
end`

/**
 * Whether a secret was replaced a moment ago. The key holds 'HASH:UNTIL' of those that were, with spaces
 * between, the newest first.
 */
export const SUPERSEDED_BY = `
local function superseded_by(key, given, now)
  local known = redis.call('GET', key)
  local at = known and string.find(known, given .. ':', 1, true)
  return at and tonumber(string.match(known, '^%d+', at + #given + 1)) > now
end`

/**
 * Why the holder of a secret's hash ('' for the operator, who needs none) may not write a session
 * with this secret and time of creation: 'gone', 'superseded', or nil where there is no reason. KEYS[2]
 * holds the superseded secrets.
 *
 * The secrets' hashes are compared byte by byte: the caller cannot choose a hash, so the time that
 * takes tells nothing.
 */
export const REFUSAL = `${SUPERSEDED_BY}
local function refusal(secret, created, given, now)
  if not created then return 'gone' end
  if given == '' or secret == given then return nil end
  return superseded_by(KEYS[2], given, now) and 'superseded' or 'gone'
end`

/** Tells whoever watches a session that it will end sooner than it would have (see ../subscriber.ts). */
export const TELL_SOONER = `
local function tell_sooner(expires, before)
  if expires < before then redis.pcall('PUBLISH', KEYS[1] .. ':ended', '') end
end`
