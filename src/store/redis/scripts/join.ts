import { defineScript, JOIN, NOW } from './script.js'

/**
 * Puts an id into one set: the first and the last step of a write on a cluster.
 * Modelled in test/model as `join`.
 *
 * KEYS[1] the set
 * ARGV[1] the id
 * ARGV[2] for how long the set has to hold it, ms
 *
 * Returns {the time at which it joined, ms, {a few members of the set}}.
 */
export const JOIN_SET = defineScript(
  NOW,
  JOIN,
  `
local now = now()
return {now, join(KEYS[1], ARGV[1], now, ARGV[2])}`,
)
