import { CREATED, INDEXED, MAX_AGE, SECRET, SLOT } from '../../../hash-fields.js'
import {
  type Reference,
  type Refusal,
  SUPERSEDED_FOR,
  type Update,
  type Updated,
} from '../../../store.js'
import { WITH_ARGUMENTS } from './arguments.js'
import { PUBLISH_END } from './end.js'
import { type JoinedSet, type JoinReply, toJoinedSet } from './join.js'
import { flatEntries, type Integer, optional } from './script.js'
import { REFUSAL } from './secret.js'
import { TIME } from './time.js'

/**
 * The steps that ../one-node/update.ts and ../cluster/update.ts share, in their order. They are parts of one
 * function body: each uses the local variables of those before it.
 */

/** The functions that these steps call. */
export const FUNCTIONS: string = [TIME, REFUSAL, PUBLISH_END, WITH_ARGUMENTS].join('')

/** The arguments that both scripts begin with. */
export const ARGUMENTS: string = /* lua */ `
local hash, superseded = KEYS[1], KEYS[2]
local given, idle, empty_idle, own_idle, absolute = unpack(ARGV, 1, 5)
local renewal, next_secret, counter, step = unpack(ARGV, 6, 9)
local references, fields = tonumber(ARGV[10]), tonumber(ARGV[11])`

/**
 * Reads the session, and computes when it expires. A session beyond its absolute timeout ends here.
 *
 * `each` is the number of arguments of a reference, `first_reference` the index of the first one. They begin
 * with its name, '1' if it rotates, and a plan for it: 'keep', 'set', 'unset', or 'rejoin' for a reference
 * that the caller believes to have the value that follows. Sets are joined for 'set' and 'rejoin'.
 */
export const READ_SESSION: string = /* lua */ `
local names = {'${SECRET}', '${CREATED}', '${INDEXED}', '${MAX_AGE}'}
for r = 1, references do names[4 + r] = ARGV[first_reference + each * (r - 1)] end
local had = redis.call('HMGET', hash, unpack(names))
local secret, created, indexed, kept_idle = had[1], had[2], tonumber(had[3] or 0), had[4]
local now = now_ms()

-- A client that lost the connection sends its command again, and finds its own renewal done.
local renewed = renewal ~= '' and secret == next_secret
local refused = refusal(superseded, secret, created, renewed and '' or given, now)
if refused then return {refused} end

local ends = absolute ~= '' and created + absolute
if ends and ends <= now then
  redis.call('DEL', hash, superseded)
  publish_end(hash)
  return {'gone'}
end
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
  local was = had[4 + r]
  local is = was
  if plan == 'set' then is = value elseif plan == 'unset' then is = false end
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
local known
if renew and secret then
  -- One request may renew twice, so the last eight are kept, the newest first.
  local older = redis.call('GET', superseded)
  known = secret .. ':' .. now + ${SUPERSEDED_FOR}
  if older then known = string.sub(known .. ' ' .. older, 1, 8 * (#known + 1) - 1) end
end
local would_expire = now + redis.call('PTTL', hash)`

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
for r = 1, references do
  local name, _, plan, value = unpack(ARGV, first_reference + each * (r - 1), first_reference + each * r - 1)
  if plan == 'set' then put[#put + 1] = name; put[#put + 1] = value end
  if plan == 'unset' then remove[#remove + 1] = name end
end
if #joining > 0 then put[#put + 1] = '${INDEXED}'; put[#put + 1] = indexed end
if ARGV[4] ~= '' then put[#put + 1] = '${MAX_AGE}'; put[#put + 1] = own_idle end
for name, slot in pairs(slots) do put[#put + 1] = '${SLOT}' .. name; put[#put + 1] = slot end
-- The slot of a value that the session leaves goes with it.
for l = 1, #left, 2 do
  if not slots[left[l]] then remove[#remove + 1] = '${SLOT}' .. left[l] end
end

local first_field = first_reference + each * references
local last_field = first_field + 2 * fields - 1
if #put > 0 then redis.call('HSET', hash, unpack(put)) end
with_arguments('HSET', hash, first_field, last_field)
if renew then
  if known then redis.call('SET', superseded, known, 'PX', ${SUPERSEDED_FOR}) end
  redis.call('HSET', hash, '${SECRET}', next_secret)
end
if #remove > 0 then redis.call('HDEL', hash, unpack(remove)) end
with_arguments('HDEL', hash, last_field + 1, #ARGV)

if fields == 0 and #current == 0 and not counted then
  local own = 1 + (secret and 1 or 0) + (had[3] and 1 or 0) + (has_own_idle and 1 or 0)
  if redis.call('HLEN', hash) == own then
    expires = expiry(math.min(own_idle, empty_idle))
  end
end
redis.call('PEXPIREAT', hash, expires)
if expires < would_expire then publish_end(hash) end
local updated = {
  'updated', expires - now, expires, would_expire, has_own_idle and 1 or 0, (renew or renewed) and 1 or 0,
  counted, left
}`

/** A change of a session, as both scripts take it. */
export interface SessionUpdate {
  readonly hash: string
  readonly superseded: string
  readonly update: Update
  readonly references: ReadonlyMap<string, { readonly rotate: boolean }>
  readonly timeouts: {
    readonly maxAge: number
    readonly emptyMaxAge: number
    readonly absoluteMaxAge?: number | undefined
  }
}

/** Replies that both scripts give. */
export type UpdateReply =
  | { readonly status: Refusal }
  | { readonly status: 'not-integer' }
  | {
      /** Nothing was done: join the sets of all these references, for a session of that time to live, ms. */
      readonly status: 'needs-sets'
      readonly ttl: number
      readonly references: readonly Reference[]
    }
  | {
      readonly status: 'updated'
      readonly updated: Updated
      /** The references with the values that they had before. */
      readonly left: readonly Reference[]
      /** In the order of the joins; on a cluster empty. */
      readonly joined: readonly JoinedSet[]
    }

export function commonArguments({ update, references, timeouts }: SessionUpdate): string[] {
  const { set = new Map<string, string>(), increment, renewal } = update
  let fields = 0
  for (const name of set.keys()) if (!references.has(name)) fields++
  return [
    update.secretHash ?? '',
    String(timeouts.maxAge),
    String(timeouts.emptyMaxAge),
    optional(update.maxAge),
    optional(timeouts.absoluteMaxAge),
    renewal?.when ?? '',
    renewal?.secretHash ?? '',
    increment?.name ?? '',
    increment?.by ?? '',
    String(references.size),
    String(fields),
  ]
}

/** For each reference its plan, and what the script of a protocol has to know of a set that is joined. */
export function referenceArguments<Joined>(
  { update, references }: SessionUpdate,
  joins: ReadonlyMap<string, Joined & { readonly value: string }>,
  joinArguments: (join: Joined | undefined) => readonly string[],
): string[] {
  const { set, unset = [] } = update
  const args: string[] = []
  for (const [name, { rotate }] of references) {
    const join = joins.get(name)
    const value = set?.get(name)
    const plan =
      value !== undefined
        ? 'set'
        : unset.includes(name)
          ? 'unset'
          : join === undefined
            ? 'keep'
            : 'rejoin'
    args.push(name, rotate ? '1' : '0', plan, value ?? join?.value ?? '', ...joinArguments(join))
  }
  return args
}

/** All other fields to set, then all other fields to remove. */
export function otherFieldArguments({ update, references }: SessionUpdate): string[] {
  const args: string[] = []
  for (const [name, value] of update.set ?? []) if (!references.has(name)) args.push(name, value)
  for (const name of update.unset ?? []) if (!references.has(name)) args.push(name)
  return args
}

export type RawUpdateReply =
  | [Refusal | 'not-integer']
  | ['needs-sets', ttl: Integer, ...current: string[]]
  | [
      'updated',
      expiresIn: Integer,
      expiresAt: Integer,
      wouldHaveExpiredAt: Integer,
      hasOwnMaxAge: Integer,
      renewed: Integer,
      counted: Integer | null,
      left: string[],
      ...joined: JoinReply[],
    ]

export function toUpdateReply(reply: RawUpdateReply): UpdateReply {
  switch (reply[0]) {
    case 'updated': {
      const [status, expiresIn, expiresAt, wouldHaveExpiredAt, hasOwnMaxAge, renewed, ...rest] =
        reply
      const [counted, left, ...joined] = rest
      const updated = {
        expiresIn: Number(expiresIn),
        expiresAt: Number(expiresAt),
        wouldHaveExpiredAt: Number(wouldHaveExpiredAt),
        hasOwnMaxAge: Number(hasOwnMaxAge) === 1,
        renewed: Number(renewed) === 1,
        incremented: counted === null ? undefined : String(counted),
      }
      return { status, updated, left: toReferences(left), joined: joined.map(toJoinedSet) }
    }
    case 'needs-sets': {
      const [status, ttl, ...current] = reply
      return { status, ttl: Number(ttl), references: toReferences(current) }
    }
    default:
      return { status: reply[0] }
  }
}

function toReferences(flat: readonly string[]): Reference[] {
  return flatEntries(flat).map(([field, value]) => ({ field, value }))
}
