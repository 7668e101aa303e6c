/**
 * Parts of the protocol, each of which keeps out one fault. safeguards.test.ts shows each fault where its safeguard
 * is left out.
 */
export interface Safeguards {
  /**
   * On a cluster, an update reads the secret before it joins sets (HGET). Not needed where this request has
   * seen the session alive with that secret.
   */
  readonly provesSecret: boolean
  /**
   * On a cluster, a prune leaves the tombstone `ended` beside a missing hash before it removes the id from a
   * set, in a script that checks again that the hash is missing. So no id needs to be put back.
   */
  readonly buriesBeforePruning: boolean
  /**
   * On one node, an operator's write of a reference leaves the tombstone `ended`, which only a resent
   * creation meets.
   */
  readonly buriesForOperator: boolean
  /**
   * A sign-in that meets a revocation time in the future sets it to the node's time, and is refused. The number
   * that tombstones are compared by stays as it is.
   */
  readonly setsBackRevocations: boolean
}

export const SAFEGUARDS: Safeguards = {
  provesSecret: true,
  buriesBeforePruning: true,
  buriesForOperator: true,
  setsBackRevocations: true,
}
