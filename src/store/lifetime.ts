import type { StorePolicy } from './store.js'

/**
 * The idle time in ms that a write gives a session: its own or the policy's; less for one without
 * fields; and never past the end that the policy sets to every session. The update script computes
 * the same from Redis's clock.
 */
export function idleTime(
  policy: StorePolicy,
  session: { maxAge: number | undefined; empty: boolean; age: number },
): number {
  const { maxAge = policy.maxAge, empty, age } = session
  const idle = empty ? Math.min(maxAge, policy.emptyMaxAge) : maxAge
  return policy.absoluteMaxAge === undefined ? idle : Math.min(idle, policy.absoluteMaxAge - age)
}
