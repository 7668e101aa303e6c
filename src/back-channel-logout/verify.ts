import {
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyResult,
} from 'jose'
import { isObject } from '../options/checks.js'
import { SessionError } from '../errors.js'
import { CLOCK_TOLERANCE, type Settings } from './options.js'
import { normalizeType, type Subject, type TokenKind } from './security-event.js'

/** Why a token that the provider has signed is refused. Holds no value of it. */
export class RefusedToken extends Error {}

/** A token that says whose sessions end. */
export interface Verified {
  readonly jti: string
  readonly subject: Subject
}

/**
 * Verifies a token: OpenID Connect Back-Channel Logout 1.0, 2.6, and RFC 8417, 2.2. Returns `undefined` for what the
 * provider has not signed.
 *
 * @throws {@link RefusedToken}; `ERR_SESSION_STORE` where its keys are out of reach
 */
export async function verify(
  token: string,
  kind: TokenKind,
  findKey: JWTVerifyGetKey,
  settings: Settings,
): Promise<Verified | undefined> {
  const verified = await verifyJwt(token, kind, findKey, settings)
  return verified && checkClaims(verified.payload, verified.protectedHeader.typ, kind)
}

/** Checks the signature first, then what all JWTs have. */
async function verifyJwt(
  token: string,
  { requiredClaims }: TokenKind,
  findKey: JWTVerifyGetKey,
  { issuer, clientId, algorithms, maxTokenAge }: Settings,
): Promise<JWTVerifyResult | undefined> {
  try {
    return await jwtVerify(token, findKey, {
      issuer,
      audience: clientId,
      algorithms: [...algorithms],
      clockTolerance: CLOCK_TOLERANCE / 1000,
      maxTokenAge: maxTokenAge / 1000,
      requiredClaims: ['jti', ...requiredClaims],
    })
  } catch (error) {
    if (error instanceof SessionError) throw error
    const { code } = error as { readonly code?: string }
    const isSigned =
      code === errors.JWTClaimValidationFailed.code || code === errors.JWTExpired.code
    if (isSigned) throw new RefusedToken((error as Error).message)
    return undefined
  }
}

/** Checks what is not the same for all JWTs. */
function checkClaims(payload: JWTPayload, typ: unknown, kind: TokenKind): Verified {
  const type = typeof typ === 'string' ? normalizeType(typ) : undefined
  if (typ !== undefined && type === undefined) throw unexpected('typ')
  if (!kind.types.includes(type)) throw unexpected('typ')
  const { jti, events } = payload
  if (typeof jti !== 'string' || jti === '') throw unexpected('jti')
  if (!isObject(events)) throw unexpected('events')
  if (!Object.hasOwn(events, kind.event) || !isObject(Reflect.get(events, kind.event))) {
    throw unexpected('events')
  }
  for (const claim of kind.forbiddenClaims) {
    if (Object.hasOwn(payload, claim)) throw unexpected(claim)
  }
  const { sid, sub } = kind.subjectOf(payload) ?? {}
  for (const [name, value] of Object.entries({ sid, sub })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw unexpected(name)
  }
  if (sid === undefined && sub === undefined) throw new RefusedToken('neither "sid" nor "sub"')
  return { jti, subject: { sid, sub } }
}

function unexpected(claim: string): RefusedToken {
  return new RefusedToken(`missing or unexpected "${claim}"`)
}
