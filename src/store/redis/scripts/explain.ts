import { CREATED } from '../../hash-fields.js'
import { FORMER_REFUSAL, type RefusalReply, toRefused } from './lib/former.js'
import { defineScript } from './lib/script.js'
import { NOW_US } from './lib/time.js'

interface Input {
  readonly hash: string
  readonly former: string
  readonly secretHash: string
}

/**
 * Tells why a secret does not open a session (lib/former.ts).
 *
 * KEYS: the session's hash, its former secrets.
 * ARGV: the secret's hash.
 */
export const EXPLAIN = defineScript({
  lua: [
    NOW_US,
    FORMER_REFUSAL,
    /* lua */ `
local hash, former = KEYS[1], KEYS[2]
local created = redis.call('HGET', hash, '${CREATED}')
return former_refusal(former, created, ARGV[1])`,
  ],
  encode: ({ hash, former, secretHash }: Input) => ({
    keys: [hash, former],
    args: [secretHash],
  }),
  decode: (reply: RefusalReply) => toRefused(reply),
})
