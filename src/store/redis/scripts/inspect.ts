import { defineScript, NOW } from './script.js'

/**
 * Reads a session and its times at one moment.
 *
 * KEYS[1] the session's hash
 *
 * Returns false where there is none, or {the time now, its time to live, {name, value, …}}, times
 * in ms.
 */
export const INSPECT = defineScript(
  NOW,
  `
local ttl = redis.call('PTTL', KEYS[1])
if ttl == -2 then return false end
return {now(), ttl, redis.call('HGETALL', KEYS[1])}`,
)
