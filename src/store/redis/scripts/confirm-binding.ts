import { PENDING } from '../../binding.js'
import { BINDING, WATCHED_UNTIL } from '../../hash-fields.js'
import { PUBLISH } from './lib/end.js'
import { defineScript } from './lib/script.js'
import { TIME } from './lib/time.js'

/**
 * Has a pending binding take effect: from now on the session needs a proof.
 *
 * KEYS: the session's hash.
 * ARGV: the SHA-1 of the binding's key.
 */
export const CONFIRM_BINDING = defineScript({
  lua: [
    TIME,
    PUBLISH,
    /* lua */ `
local hash = KEYS[1]
local binding, watched = unpack(redis.call('HMGET', hash, '${BINDING}', '${WATCHED_UNTIL}'))
local key, public_key = string.match(binding or '', '^([^ ]+)%${PENDING}( .+)')
if not key or redis.sha1hex(key) ~= ARGV[1] then return end
local now = now_ms()
redis.call('HSET', hash, '${BINDING}', key .. ':' .. now .. public_key)
publish(hash, watched, now)`,
  ],
  encode: ({ hash, digest }: { readonly hash: string; readonly digest: string }) => ({
    keys: [hash],
    args: [digest],
  }),
  decode: () => undefined,
})
