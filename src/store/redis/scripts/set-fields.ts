import { CREATED, INDEXED, MAX_AGE, SECRET } from '../../hash-fields.js'
import type { Lifetime, Refusal } from '../../store.js'
import { WITH_ARGUMENTS } from './lib/arguments.js'
import { PUBLISH_END } from './lib/end.js'
import { defineScript, type Integer, optional } from './lib/script.js'
import { REFUSAL } from './lib/secret.js'
import { TIME } from './lib/time.js'

interface Input {
  readonly hash: string
  readonly superseded: string
  /** Left out: the operator. */
  readonly secretHash: string | undefined
  /** ms */
  readonly maxAge: number
  /** ms */
  readonly absoluteMaxAge?: number | undefined
  readonly references: ReadonlyMap<string, unknown>
  readonly fields: ReadonlyMap<string, string>
}

type Reply =
  | { readonly status: Refusal }
  /** Nothing was done: the session would outlive its membership in its sets, so it takes a full update. */
  | { readonly status: 'needs-sets' }
  | { readonly status: 'updated'; readonly lifetime: Lifetime & { wouldHaveExpiredAt: number } }

/**
 * Sets fields that are no references in a live session, as most writes do: the fast path of an update, for
 * both protocols. Never creates a session.
 *
 * KEYS: its hash, its superseded secrets.
 * ARGV: as bound below; then the names of all references; then the fields and their values.
 */
export const SET_FIELDS = defineScript({
  lua: [
    TIME,
    REFUSAL,
    PUBLISH_END,
    WITH_ARGUMENTS,
    /* lua */ `
local hash, superseded = KEYS[1], KEYS[2]
local given, idle, absolute, references = unpack(ARGV, 1, 4)
local last_name = 4 + references
local had = redis.call(
  'HMGET', hash, '${SECRET}', '${CREATED}', '${INDEXED}', '${MAX_AGE}', unpack(ARGV, 5, last_name))
local secret, created, indexed, own_idle = unpack(had, 1, 4)
local now = now_ms()
local refused = refusal(superseded, secret, created, given, now)
if refused then return {refused} end

local expires = now + (own_idle or idle)
if absolute ~= '' then
  expires = math.min(expires, created + absolute)
  if expires <= now then
    redis.call('DEL', hash, superseded)
    publish_end(hash)
    return {'gone'}
  end
end
if expires > tonumber(indexed or 0) then
  for r = 5, last_name do
    if had[r] then return {'needs-sets'} end
  end
end

local would_expire = now + redis.call('PTTL', hash)
with_arguments('HSET', hash, last_name + 1, #ARGV)
redis.call('PEXPIREAT', hash, expires)
if expires < would_expire then publish_end(hash) end
return {'updated', expires - now, expires, would_expire, own_idle and 1 or 0}`,
  ],
  encode: (input: Input) => {
    const { hash, superseded, secretHash = '', maxAge, absoluteMaxAge, references, fields } = input
    const args = [secretHash, String(maxAge), optional(absoluteMaxAge), String(references.size)]
    args.push(...references.keys())
    for (const [name, value] of fields) args.push(name, value)
    return { keys: [hash, superseded], args }
  },
  decode: (
    reply: [Refusal | 'needs-sets'] | ['updated', Integer, Integer, Integer, Integer],
  ): Reply => {
    if (reply[0] !== 'updated') return { status: reply[0] }
    const [status, expiresIn, expiresAt, wouldHaveExpiredAt, own] = reply
    return {
      status,
      lifetime: {
        expiresIn: Number(expiresIn),
        expiresAt: Number(expiresAt),
        wouldHaveExpiredAt: Number(wouldHaveExpiredAt),
        hasOwnMaxAge: Number(own) === 1,
      },
    }
  },
})
