/** What a token has to be. */

/** Whose sessions a token ends, at the provider that has signed it. */
export interface Subject {
  /** One login, as the ID token's `sid` had it. Where it is there, `sub` does not count. */
  readonly sid?: string | undefined
  /** A user, by the ID token's `sub`: all logins. */
  readonly sub?: string | undefined
}

/** A kind of security event token (RFC 8417). */
export interface SecurityEvent {
  /** The token's type, `typ` in its header, as 'secevent+jwt' (RFC 8417, 2.3). */
  readonly type: string
  /** The event's URI: the member of `events` that a token must have, with an object. */
  readonly event: string
  /**
   * Whose sessions end. `undefined`: a subject of another kind, and the token is refused. They are always logins at the
   * issuer of the token: where the subject has an issuer of its own, compare it with `claims.iss`.
   *
   * @param claims - verified
   */
  readonly subjectOf: (claims: Readonly<Record<string, unknown>>) => Subject | undefined
}

/** A kind of token, as it is verified. */
export interface TokenKind extends Omit<SecurityEvent, 'type'> {
  /** The values that `typ` may have, in lower case; `undefined`: it may be missing. */
  readonly types: readonly (string | undefined)[]
  readonly requiredClaims: readonly string[]
  readonly forbiddenClaims: readonly string[]
}

/**
 * OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6. Providers older than the final specification set no type, or 'JWT':
 * what tells their logout tokens from ID tokens is that these have no `events`, and logout tokens no `nonce`.
 */
export const LOGOUT: TokenKind = {
  types: ['logout+jwt', 'jwt', undefined],
  event: 'http://schemas.openid.net/event/backchannel-logout',
  requiredClaims: ['exp'],
  forbiddenClaims: ['nonce'],
  subjectOf: ({ sid, sub }) => ({ sid, sub }) as Subject,
}

export function kindOf({ type, event, subjectOf }: SecurityEvent): TokenKind {
  const types = [normalizeType(type)]
  return { types, event, subjectOf, requiredClaims: [], forbiddenClaims: [] }
}

/** RFC 7515, 4.1.9: 'application/' may be left out, and case does not matter. */
export function normalizeType(type: string): string {
  return type.toLowerCase().replace(/^application\//, '')
}
