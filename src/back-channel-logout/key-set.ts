import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'
import { SessionError } from '../errors.js'
import type { Settings } from './options.js'

/** What a key set says of a token, while it can be read. */
const ABOUT_THE_TOKEN: ReadonlySet<string> = new Set([
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
  errors.JOSENotSupported.code,
])

/**
 * Finds the key that a token names. A set that is fetched is kept for ten minutes; a name that it does not have makes it be
 * fetched again, at most every 30 s, however many strangers make up names.
 *
 * The returned function rejects with `ERR_SESSION_STORE` where the set cannot be read: nobody can tell whether the token is
 * the provider's.
 */
export function openKeySet({ keys, config: { timeout } }: Settings): JWTVerifyGetKey {
  if (!(keys instanceof URL)) return createLocalJWKSet(keys as JSONWebKeySet)
  const find = createRemoteJWKSet(keys, { timeoutDuration: timeout })
  return async (header, token) => {
    try {
      return await find(header, token)
    } catch (cause) {
      if (ABOUT_THE_TOKEN.has((cause as { code?: string }).code ?? '')) throw cause
      const message = `the provider's key set cannot be read within ${timeout} ms (see cause)`
      throw new SessionError('ERR_SESSION_STORE', message, { cause })
    }
  }
}
