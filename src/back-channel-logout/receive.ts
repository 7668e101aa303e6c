import type { JWTVerifyGetKey } from 'jose'
import type { Logins } from './logins.js'
import type { Settings } from './options.js'
import type { TokenKind } from './security-event.js'
import { RefusedToken, verify } from './verify.js'

/** What became of a token. */
export type Received =
  | {
      /** The token was valid, and the sessions that it names have ended. */
      readonly accepted: true
      /** How many sessions it ended. */
      readonly ended: number
    }
  | {
      /** The token was refused, and nothing has ended. */
      readonly accepted: false
      /**
       * Why, for your log: it holds no value of the token. `undefined` where the provider has not signed it: strangers can
       * send that as often as they like.
       */
      readonly reason: string | undefined
    }

/** The reason for which a token is refused that was accepted before. */
export const REPLAYED = '"jti" was received before'

/**
 * Verifies a token, ends the sessions that it names, and only then keeps its `jti`: where anything fails, the provider may
 * send it again. Two equal ones at a time may both be accepted; to end a session twice changes nothing.
 *
 * @throws `ERR_SESSION_STORE` where Redis or the provider's keys are out of reach
 */
export async function receive(
  token: string,
  kind: TokenKind,
  { findKey, logins, settings }: { findKey: JWTVerifyGetKey; logins: Logins; settings: Settings },
): Promise<Received> {
  try {
    const verified = await verify(token, kind, findKey, settings)
    if (verified === undefined) return { accepted: false, reason: undefined }
    const { jti, subject } = verified
    if (await logins.wasReceived(jti)) return { accepted: false, reason: REPLAYED }
    const ended = await logins.end(subject)
    await logins.markReceived(jti)
    return { accepted: true, ended }
  } catch (error) {
    if (error instanceof RefusedToken) return { accepted: false, reason: error.message }
    throw error
  }
}
