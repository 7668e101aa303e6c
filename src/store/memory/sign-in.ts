import { limitReachedError, signInRevokedError } from '../../errors.js'
import type { Keys } from '../keys.js'
import {
  type Changes,
  LIMIT_REASON,
  rotatingReferences,
  type StorePolicy,
  type Update,
} from '../store.js'
import type { MemorySession, SessionMap } from './session-map.js'

/**
 * Makes room in the sets that a change would join.
 *
 * @throws `ERR_SESSION_REVOKED`, `ERR_SESSION_LIMIT`
 */
export function makeRoom(
  sessions: SessionMap,
  policy: StorePolicy,
  keys: Keys,
  { values }: MemorySession,
  { set = new Map(), since }: Changes,
): void {
  if (since === undefined) return
  const oldest = new Set<MemorySession>()
  // A session that the smallest limit ends may satisfy the others.
  const bySmallestLimit = [...policy.references].toSorted(
    ([, { max: one = Infinity }], [, { max: other = Infinity }]) => (one < other ? -1 : 1),
  )
  for (const [field, { max = Infinity, onMax }] of bySmallestLimit) {
    const value = set.get(field)
    if (value === undefined || value === values.get(field)) continue
    const key = keys.set(field, value)
    if (sessions.isRevoked(key, since)) throw signInRevokedError()
    const there = sessions
      .keys(key)
      .flatMap((each) => sessions.live(each) ?? [])
      .filter((each) => !oldest.has(each))
    if (there.length < max) continue
    // An old session that is adopted ends no newer one.
    if (onMax === 'refuse' || since === -Infinity) throw limitReachedError(field)
    for (const each of there.slice(0, there.length + 1 - max)) oldest.add(each)
  }
  for (const session of oldest) sessions.end(session, policy, { by: 'limit', reason: LIMIT_REASON })
}

/** Notes the time. Somebody else takes no field over, nor the session's own idle timeout. */
export function signIn(policy: StorePolicy, session: MemorySession, { set }: Update): void {
  const wasSignedIn = session.signedInAt !== undefined
  session.signedInAt = Date.now()
  const rotating = rotatingReferences(policy)
  const known = rotating.filter((field) => session.values.has(field))
  // Somebody was signed in before, and the reference that said who is gone.
  const isUnknown = wasSignedIn && rotating.length > 0 && known.length === 0
  if (!isUnknown && known.every((field) => session.values.get(field) === set?.get(field))) return
  session.values.clear()
  session.maxAge = undefined
  session.binding = undefined
  session.publicKey = undefined
}

/** The values whose change renews the secret, as one string to compare. */
export function rotatingValues(policy: StorePolicy, { values }: MemorySession): string {
  return JSON.stringify(rotatingReferences(policy).map((field) => values.get(field) ?? null))
}
