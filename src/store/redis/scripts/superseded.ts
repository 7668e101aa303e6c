import { defineScript, NOW, SUPERSEDED_BY } from './script.js'

/**
 * Whether a secret was replaced a moment ago.
 *
 * KEYS[1] the session's superseded secrets
 * ARGV[1] the secret's hash
 *
 * Returns 1, or false.
 */
export const SUPERSEDED = defineScript(
  NOW,
  SUPERSEDED_BY,
  `
return superseded_by(KEYS[1], ARGV[1], now()) and 1`,
)
