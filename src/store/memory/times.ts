import { idleTime } from '../idle-time.js'
import type { Lifetime, SessionDetails, StorePolicy } from '../store.js'
import type { MemorySession } from './session-map.js'
import { pick } from './values.js'

/** How long a session lives from now on, ms. */
export function idleTimeOf(policy: StorePolicy, session: MemorySession, now = Date.now()): number {
  const { maxAge, values, createdAt, signedInAt = createdAt } = session
  return idleTime(policy, { maxAge, empty: values.size === 0, age: now - signedInAt })
}

export function lifetimeOf({ expiresAt, maxAge }: MemorySession, now = Date.now()): Lifetime {
  return { expiresIn: expiresAt - now, expiresAt, hasOwnMaxAge: maxAge !== undefined }
}

/** A session with its times: all fields, or those named. */
export function detailsOf(
  policy: StorePolicy,
  session: MemorySession,
  fields?: readonly string[],
): SessionDetails {
  const { id, secretHash, binding, createdAt, signedInAt, lastActiveAt, expiresAt } = session
  const now = Date.now()
  const renewed = idleTimeOf(policy, session, now)
  // As on Redis: where the absolute timeout was shortened, the next write ends the session.
  const idleFor = renewed > 0 ? renewed - (expiresAt - now) : Infinity
  const times = { now, createdAt, signedInAt, lastActiveAt, expiresAt, idleFor }
  return { id, values: pick(session.values, fields), secretHash, binding, ...times }
}
