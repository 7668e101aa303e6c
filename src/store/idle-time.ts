import type { StorePolicy } from './store.js'

/**
 * The time to live that a write gives a session, ms: its idle timeout, shorter without fields, and never past
 * its absolute timeout. The update scripts compute the same by Redis's clock.
 */
export function idleTime(
  policy: StorePolicy,
  session: { maxAge: number | undefined; empty: boolean; age: number },
): number {
  const { maxAge = policy.maxAge, empty, age } = session
  const idle = empty ? Math.min(maxAge, policy.emptyMaxAge) : maxAge
  return policy.absoluteMaxAge === undefined ? idle : Math.min(idle, policy.absoluteMaxAge - age)
}
