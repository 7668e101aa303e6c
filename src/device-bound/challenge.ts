import { readTime } from '../store/binding.js'
import type { Moment } from '../store/store.js'

/** How long a challenge is good for at most, ms: TPMs need up to 600 ms to sign, and browsers may be slow. */
const GOOD_FOR = 60_000

/** When a challenge was made, by the store's clock, ms; `undefined` where it is not this binding's, or too old. */
export function checkChallenge(
  challenge: string,
  binding: string,
  { latest }: Moment,
  refreshEvery: number,
): number | undefined {
  const madeAt = readTime(binding, 'challenge', challenge)
  if (madeAt === undefined) return undefined
  // The proof that it gets must not be over already.
  return latest - madeAt < Math.min(GOOD_FOR, refreshEvery) ? madeAt : undefined
}
