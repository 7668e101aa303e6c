import type { Proof } from '../../binding.js'
import {
  BINDING,
  CREATED,
  INDEXED,
  LAST_ACTIVE,
  MAX_AGE,
  SECRET,
  SIGNED_IN,
  WATCHED_UNTIL,
} from '../../hash-fields.js'
import type { Updated } from '../../store.js'
import { WITH_ARGUMENTS } from './lib/arguments.js'
import { PUBLISH } from './lib/end.js'
import { defineScript, type Integer, optional } from './lib/script.js'
import {
  isRefusalReply,
  REFUSAL,
  type RefusalReply,
  type Refused,
  toRefused,
} from './lib/former.js'
import { IS_UNPROVEN, proofArgument } from './lib/proof.js'
import { TIME } from './lib/time.js'

interface Input {
  readonly hash: string
  readonly former: string
  /** Left out: the operator. */
  readonly secretHash: string | undefined
  /** ms */
  readonly maxAge: number
  /** ms */
  readonly absoluteMaxAge?: number | undefined
  readonly references: ReadonlyMap<string, unknown>
  readonly proof: Proof | undefined
  readonly fields: ReadonlyMap<string, string>
}

type Reply =
  | Refused
  /** Nothing was done: the session would outlive its membership in its sets, so it takes a full update. */
  | { readonly status: 'needs-sets' }
  | { readonly status: 'updated'; readonly updated: Updated }

/**
 * Sets fields that are no references in a live session, as most writes do: the fast path of an update, for
 * both protocols. Never creates a session.
 *
 * KEYS: its hash, its former secrets.
 * ARGV: as bound below; then the names of all references; then the fields and their values.
 */
export const SET_FIELDS = defineScript({
  lua: [
    TIME,
    REFUSAL,
    PUBLISH,
    WITH_ARGUMENTS,
    IS_UNPROVEN,
    /* lua */ `
local hash, former = KEYS[1], KEYS[2]
local given, idle, absolute, proof, references = unpack(ARGV, 1, 5)
local last_name = 5 + references
local had = redis.call(
  'HMGET', hash, '${SECRET}', '${CREATED}', '${INDEXED}', '${MAX_AGE}', '${SIGNED_IN}', '${BINDING}',
  '${WATCHED_UNTIL}', unpack(ARGV, 6, last_name))
local secret, created, indexed, own_idle, signed_in, binding, watched = unpack(had, 1, 7)
local now = now_ms()
local refused = refusal(former, secret, created, given)
if refused then return refused end
if is_unproven(binding, proof, now) then return {'unproven'} end

local expires = now + (own_idle or idle)
if absolute ~= '' then
  expires = math.min(expires, (signed_in or created) + absolute)
  if expires <= now then
    redis.call('DEL', hash, former)
    publish(hash, watched, now)
    return {'gone'}
  end
end
if expires > tonumber(indexed or 0) then
  for r = 8, #had do
    if had[r] then return {'needs-sets'} end
  end
end

local would_expire = now + redis.call('PTTL', hash)
local first, last = last_name + 1, math.min(last_name + 1000, #ARGV)
redis.call('HSET', hash, '${LAST_ACTIVE}', now, unpack(ARGV, first, last))
with_arguments('HSET', hash, last + 1, #ARGV)
redis.call('PEXPIREAT', hash, expires)
if expires < would_expire then publish(hash, watched, now) end
return {expires - now, expires, would_expire, own_idle and 1 or nil}`,
  ],
  encode: (input: Input) => {
    const { hash, former, secretHash = '', maxAge, absoluteMaxAge, references, fields } = input
    const proof = proofArgument(input.proof)
    const common = [secretHash, String(maxAge), optional(absoluteMaxAge), proof]
    const args = [...common, String(references.size), ...references.keys()]
    for (const [name, value] of fields) args.push(name, value)
    return { keys: [hash, former], args }
  },
  decode: (
    reply: RefusalReply | ['needs-sets'] | [Integer, Integer, Integer, hasOwnMaxAge?: Integer],
  ): Reply => {
    if (isRefusalReply(reply)) return toRefused(reply)
    if (reply[0] === 'needs-sets') return { status: reply[0] }
    const [expiresIn, expiresAt, wouldHaveExpiredAt, hasOwnMaxAge] = reply
    return {
      status: 'updated',
      updated: {
        expiresIn: Number(expiresIn),
        expiresAt: Number(expiresAt),
        wouldHaveExpiredAt: Number(wouldHaveExpiredAt),
        hasOwnMaxAge: hasOwnMaxAge !== undefined,
        renewed: false,
      },
    }
  },
})
