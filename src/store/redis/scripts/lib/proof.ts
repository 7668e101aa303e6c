import { createHash } from 'node:crypto'
import { bindingKey, type Proof, UNDER_WAY_FOR } from '../../../binding.js'

/**
 * `is_unproven` returns whether a session is bound to a device, and the caller has no proof of it. `proof` is the SHA-1 of
 * the binding key that the proof was checked against, a colon, and until when it opens the session; '-' without a proof;
 * '' where none is asked for. (A command may be logged, and the binding key makes proofs.) As `isUnproven` in
 * ../../../binding.ts.
 */
export const IS_UNPROVEN: string = /* lua */ `
local function is_unproven(binding, proof, now)
  local bound_at = proof ~= '' and binding and string.match(binding, '^[^: ]+:(%d+)')
  if not bound_at or math.abs(now - bound_at) < ${UNDER_WAY_FOR} then return false end
  local digest, proven_until = string.match(proof, '^(%x+):(%d+)$')
  return redis.sha1hex(string.match(binding, '^[^:]+')) ~= digest or now >= tonumber(proven_until)
end`

/** What stands for a binding's key in a command. */
export function bindingDigest(binding: string): string {
  return createHash('sha1').update(bindingKey(binding)).digest('hex')
}

export function proofArgument(proof: Proof | undefined): string {
  if (proof === undefined) return ''
  const { binding, until } = proof
  return until === 0 ? '-' : `${bindingDigest(binding)}:${until}`
}
