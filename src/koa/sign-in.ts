import { fieldError } from '../errors.js'
import { parseMaxAge } from '../options/duration.js'
import type { Config } from '../options/config.js'
import type { Duration } from '../options/session-options.js'
import { type Changes, rotatingReferences } from '../store/store.js'

/**
 * The change that a sign-in makes.
 *
 * @throws `ERR_SESSION_FIELD` if it says of nobody that they sign in: where references rotate, one has to be given,
 * and none may be `null`
 */
export function encodeSignIn(
  { fields, policy }: Config,
  values: unknown,
  maxAge: Duration | undefined,
): Changes {
  const { set = new Map<string, string>(), unset = [] } = fields.encodeValues(values)
  const rotating = rotatingReferences(policy)
  const removed = rotating.find((name) => unset.includes(name))
  if (removed !== undefined) {
    throw fieldError(`signIn needs a value for "${removed}": to sign out, call delete()`)
  }
  if (rotating.length > 0 && !rotating.some((name) => set.has(name))) {
    throw fieldError(`signIn needs a value for ${rotating.map((name) => `"${name}"`).join(' or ')}`)
  }
  return { set, unset, maxAge: parseMaxAge(maxAge), signsIn: true }
}

/** Whether a change signs somebody in: by `signIn`, or by `set` of a rotating reference. */
export function isSignIn({ policy }: Config, { set, signsIn }: Changes): boolean {
  return signsIn === true || rotatingReferences(policy).some((field) => set?.has(field) === true)
}

/** Whether an update may renew the secret: it always does, or it changes a rotating reference. */
export function mayRenew(
  { policy }: Config,
  { set, unset = [] }: Changes,
  renew: 'changed' | 'always',
): boolean {
  if (renew === 'always') return true
  const rotates = (field: string) => policy.references.get(field)?.rotate === true
  for (const field of set?.keys() ?? []) if (rotates(field)) return true
  return unset.some(rotates)
}
