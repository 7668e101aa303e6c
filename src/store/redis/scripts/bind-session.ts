import { BINDING, CREATED, SECRET } from '../../hash-fields.js'
import { PENDING } from '../../binding.js'
import { defineScript } from './lib/script.js'

interface Input {
  readonly hash: string
  readonly secretHash: string
  readonly publicKey: string
}

/**
 * Keeps the key of a device with its session, if this is its first one and the secret is in force. The binding takes
 * effect with the first proof (./confirm-binding.ts). A client may send it again.
 *
 * KEYS: the session's hash.
 * ARGV: as bound below.
 */
export const BIND_SESSION = defineScript({
  lua: [
    /* lua */ `
local hash = KEYS[1]
local given, key = ARGV[1], ARGV[2]
local created, secret, binding = unpack(redis.call('HMGET', hash, '${CREATED}', '${SECRET}', '${BINDING}'))
if not created or secret ~= given or not binding then return 'refused' end
local bound_key = string.match(binding, ' (.+)')
if bound_key then return bound_key == key and 'bound' or 'refused' end
redis.call('HSET', hash, '${BINDING}', binding .. '${PENDING} ' .. key)
return 'bound'`,
  ],
  encode: ({ hash, secretHash, publicKey }: Input) => ({
    keys: [hash],
    args: [secretHash, publicKey],
  }),
  decode: (reply: 'bound' | 'refused') => reply,
})
