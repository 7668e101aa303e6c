import { defineScript, type Integer } from './lib/script.js'
import { TIME } from './lib/time.js'

/**
 * The clock of the server that has a session. (TIME has no key: a cluster's client would send it anywhere.)
 *
 * KEYS: the session's hash.
 */
export const SERVER_TIME = defineScript({
  lua: [TIME, 'return now_ms()'],
  encode: ({ hash }: { readonly hash: string }) => ({ keys: [hash], args: [] }),
  decode: (reply: Integer) => Number(reply),
})
