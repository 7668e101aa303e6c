/**
 * The binding of a session to a device (W3C Device Bound Session Credentials).
 *
 * Each sign-in stores a random **binding key** with the session. It opens nothing by itself: challenges and proofs are
 * times that it has signed. Once a device has registered and proved itself, the session's secret opens it only beside a
 * proof.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { randomText } from './token.js'

/** For so long after a binding took effect, requests that were under way need no proof, ms. */
export const UNDER_WAY_FOR = 5_000

/** 16 random bytes, in base64url. */
const KEY_BYTES = 16
const KEY_LENGTH = 22

/** Behind a binding's key, until the device proves itself. */
export const PENDING = '?'

/** What a signed time is for. */
type Purpose = 'challenge' | 'proof'

const SIGNED_TIME = /^\d{1,15}\.[\w-]{22}$/

/** The proof that a request carries, checked against a session's binding. */
export interface Proof {
  /** The session's binding as it was read; '' where none was. */
  readonly binding: string
  /** Until when it opens the session, by the store's clock, ms. */
  readonly until: number
}

export const NO_PROOF: Proof = { binding: '', until: 0 }

/**
 * A new binding: a key. After a registration it has a '?' behind it, until a request brings the first proof; then a colon
 * and when that was, by the store's clock. The answer to a registration may be lost: then no proof ever comes.
 */
export function createBinding(): string {
  return randomText(KEY_BYTES)
}

/** Whether a device has registered, and no proof has come yet. */
export function isPending(binding: string | undefined): boolean {
  return binding?.endsWith(PENDING) === true
}

/** A pending binding that takes effect. */
export function bindAt(binding: string, now: number): string {
  return `${bindingKey(binding)}:${now}`
}

/** When a binding took effect, ms; `undefined` where it has not. */
export function boundAt(binding: string | undefined): number | undefined {
  const at = binding?.indexOf(':') ?? -1
  return at === -1 ? undefined : Number(binding?.slice(at + 1))
}

/** The key of a binding, which each sign-in has of its own. */
export function bindingKey(binding: string): string {
  return binding.slice(0, KEY_LENGTH)
}

function mac(binding: string, text: string): string {
  return createHmac('sha256', bindingKey(binding)).update(text).digest('base64url').slice(0, 22)
}

/** A time that only the holder of the binding key can have written. */
export function signTime(binding: string, purpose: Purpose, time: number): string {
  return `${time}.${mac(binding, `${purpose}:${time}`)}`
}

/** Returns `undefined` for a time that was not signed by this binding's key for this purpose. */
export function readTime(binding: string, purpose: Purpose, signed: string): number | undefined {
  if (!SIGNED_TIME.test(signed)) return undefined
  const time = Number(signed.slice(0, signed.indexOf('.')))
  const right = signTime(binding, purpose, time)
  const same = right.length === signed.length
  return same && timingSafeEqual(Buffer.from(right), Buffer.from(signed)) ? time : undefined
}

/** Names a binding to its browser. It is no secret, and tells nothing of the key. */
export function bindingTag(binding: string): string {
  return mac(binding, 'tag').slice(0, 8)
}

/** What right proofs prove. An HMAC would cost half as much as the rest of a read. */
const known = new Map<string, Proof>()
const MOST_KNOWN = 10_000

function checkProof(binding: string, proof: string): Proof {
  const before = known.get(proof)
  if (before?.binding === binding) return before
  const until = readTime(binding, 'proof', proof)
  if (until === undefined) return { binding, until: 0 }
  if (known.size === MOST_KNOWN) known.clear()
  const right = { binding, until }
  known.set(proof, right)
  return right
}

/** Checks proofs, of which only one can be the session's: the longest counts. */
export function checkProofs(binding: string | undefined, proofs: readonly string[]): Proof {
  if (binding === undefined) return NO_PROOF
  let longest: Proof | undefined
  for (const proof of proofs) {
    const checked = checkProof(binding, proof)
    if (longest === undefined || checked.until > longest.until) longest = checked
  }
  return longest ?? { binding, until: 0 }
}

/** Whether a binding has just taken effect. Not long before it, either: the clock may have been set back. */
export function isUnderWay(since: number, now: number): boolean {
  return Math.abs(now - since) < UNDER_WAY_FOR
}

/** Whether a session is bound to a device, and a request has no proof of it. The scripts check the same. */
export function isUnproven(
  binding: string | undefined,
  proof: Proof | undefined,
  now: number,
): boolean {
  const since = boundAt(binding)
  if (proof === undefined || since === undefined || isUnderWay(since, now)) return false
  if (now >= proof.until) return true
  return proof.binding !== binding && bindingKey(proof.binding) !== bindingKey(binding ?? '')
}
