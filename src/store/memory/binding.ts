import { bindAt, isPending, PENDING } from '../binding.js'
import type { Update } from '../store.js'
import type { MemorySession } from './session-map.js'

/** Gives a session whose secret was renewed a new binding. Returns whether it has one that no device has. */
export function takeBinding(session: MemorySession, { binding, signsIn }: Update): boolean {
  if (binding === undefined) return false
  if (signsIn !== true && session.publicKey !== undefined) return false
  session.binding = binding
  session.publicKey = undefined
  return true
}

/** Keeps the key of a device, if it is the session's first one. */
export function keepKey(session: MemorySession, publicKey: string): 'bound' | 'refused' {
  const { binding } = session
  if (binding === undefined) return 'refused'
  if (session.publicKey !== undefined) {
    return session.publicKey === publicKey ? 'bound' : 'refused'
  }
  session.publicKey = publicKey
  session.binding = binding + PENDING
  return 'bound'
}

/** Has a pending binding take effect. Returns whether it did. */
export function confirmBinding(session: MemorySession, binding: string): boolean {
  if (session.binding !== binding || !isPending(binding)) return false
  session.binding = bindAt(binding, Date.now())
  return true
}
