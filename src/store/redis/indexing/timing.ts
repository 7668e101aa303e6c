/**
 * Times that depend on each other, all in ms. A write on a cluster joins its sets, then writes the session on
 * another node, and must not be taken for dead in between. test/unit/store/redis/indexing/timing.test.ts holds
 * the inequalities.
 */

/** Upper bound of `options.timeout`, the time that one call may take. */
export const LONGEST_TIMEOUT = 30_000

/**
 * Age of an id, or of a claimed slot, from which a missing session cannot be one that is being created. A
 * client may send a creation again after its call has timed out, hence twice the longest timeout.
 */
export const CREATED_WITHIN = 60_000

/** How long after joining its sets a session may take their values. The script that writes it checks this. */
export const WRITTEN_WITHIN = 50_000

/** How long a tombstone stands: longer than any write that it has to refuse, by the clocks of two nodes. */
export const BURIED_FOR = 60_000

/** How far apart the clocks of two nodes of a cluster may be. */
export const CLOCK_SKEW = 10_000

/**
 * How long the mark of a watched session stands. Each check renews it. It has to outlast a check that fails, and a
 * subscription and a reply that each take as long as a call may.
 */
export const WATCHED_FOR = 240_000

/** What a set holds a session beyond its time to live, at least: that time may be as short as a command. */
const SLACK = 2000

/** How long a set has to hold a session of a time to live. */
export function holdFor(ttl: number): number {
  return Math.max(2 * ttl, ttl + SLACK)
}

/** How long the session relies on that: less, as the clocks of the nodes may differ. */
export function reliesFor(ttl: number): number {
  return Math.max(1.9 * ttl, ttl + SLACK / 2)
}
