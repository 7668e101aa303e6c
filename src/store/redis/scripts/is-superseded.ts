import { defineScript } from './lib/script.js'
import { WAS_SUPERSEDED } from './lib/secret.js'
import { TIME } from './lib/time.js'

/**
 * Tells whether a secret was replaced within the last 30 s.
 *
 * KEYS: the session's superseded secrets.
 * ARGV: the secret's hash.
 */
export const IS_SUPERSEDED = defineScript({
  lua: [
    TIME,
    WAS_SUPERSEDED,
    /* lua */ `
local superseded, given = KEYS[1], ARGV[1]
return was_superseded(superseded, given, now_ms()) and 1`,
  ],
  encode: ({ superseded, secretHash }: { superseded: string; secretHash: string }) => ({
    keys: [superseded],
    args: [secretHash],
  }),
  decode: (reply: unknown): boolean => reply !== null,
})
