import { BINDING, CREATED, SECRET, WATCHED_UNTIL } from '../../hash-fields.js'
import { WATCHED_FOR } from '../indexing/timing.js'
import { bindingOf } from './lib/binding-field.js'
import { defineScript, type Integer } from './lib/script.js'
import { TIME } from './lib/time.js'

interface Watched {
  /** ms; `Infinity` where the key has been persisted by hand */
  readonly timeLeft: number
  readonly secretHash: string | undefined
  readonly binding: string | undefined
  /** Whether its end will be published; `false` if Redis refused the mark, as a read-only server does. */
  readonly marked: boolean
}

/**
 * Checks whether a session lives, and marks it as watched, in one step. Never creates a session, and leaves its time to
 * live as it is.
 *
 * KEYS: the session's hash.
 * ARGV: how long the mark stands, ms.
 */
export const WATCH_SESSION = defineScript({
  lua: [
    TIME,
    /* lua */ `
local hash = KEYS[1]
local created, secret, binding = unpack(redis.call('HMGET', hash, '${CREATED}', '${SECRET}', '${BINDING}'))
if not created then return false end
local time_left = redis.call('PTTL', hash)
-- A full server refuses the first write of a script, unless that frees memory. A check has to tell in any case.
redis.pcall('HDEL', hash, '${WATCHED_UNTIL}')
local marked = redis.pcall('HSET', hash, '${WATCHED_UNTIL}', now_ms() + ARGV[1])
return {time_left, secret, binding, type(marked) ~= 'table' and 1 or 0}`,
  ],
  encode: ({ hash }: { readonly hash: string }) => ({ keys: [hash], args: [String(WATCHED_FOR)] }),
  decode: (
    reply: [Integer, secret: string | null, binding: string | null, marked: Integer] | null,
  ): Watched | undefined => {
    if (reply === null) return undefined
    const [ttl, secret, binding, marked] = reply
    const timeLeft = Number(ttl)
    return {
      timeLeft: timeLeft === -1 ? Infinity : timeLeft,
      secretHash: secret ?? undefined,
      binding: bindingOf(binding),
      marked: Number(marked) === 1,
    }
  },
})
