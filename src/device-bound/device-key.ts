import { importJWK, jwtVerify, type JWK } from 'jose'

/** Longest JWT that is read: one with an RSA key of 4096 bits has 1,600 characters. */
const LONGEST_JWT = 4096

const PARTS = /^"?([\w-]+\.[\w-]+\.[\w-]+)"?$/

/** What a device has signed. */
export interface Signed {
  readonly challenge: string
  /** The public key that it was checked with, as a JWK. */
  readonly publicKey: string
}

/** The JWT in `Secure-Session-Response`; `undefined` where there is none that could be one. */
export function readJwt(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header.length > LONGEST_JWT) return undefined
  return PARTS.exec(header)?.[1]
}

/**
 * Checks what a device signed, with the key that the session is bound to, or at registration with the key that comes
 * with it (W3C DBSC, "DBSC proof"). Returns `undefined` for anything else.
 */
export async function verify(jwt: string, boundKey?: string): Promise<Signed | undefined> {
  try {
    let publicKey = boundKey
    const { payload } = await jwtVerify(
      jwt,
      async ({ alg, jwk }) => {
        const key = boundKey === undefined ? toPublicKey(jwk) : (JSON.parse(boundKey) as JWK)
        publicKey ??= JSON.stringify(key)
        // The key decides, never the JWT: it may name a weaker algorithm.
        if (alg !== algorithmOf(key)) throw new TypeError('another algorithm than that of the key')
        return importJWK(key, alg)
      },
      { algorithms: ['ES256', 'RS256'], typ: 'dbsc+jwt' },
    )
    const { jti } = payload
    if (typeof jti !== 'string' || publicKey === undefined) return undefined
    return { challenge: jti, publicKey }
  } catch {
    // A forged, malformed or outdated JWT; the caller says which answer that gets.
    return undefined
  }
}

/** The members of a public key alone: what else a stranger sends is not kept. */
function toPublicKey(jwk: unknown): JWK {
  const { kty = '', crv = '', x = '', y = '', n = '', e = '' } = (jwk ?? {}) as Partial<JWK>
  return kty === 'EC' ? { kty, crv, x, y } : { kty: 'RSA', n, e }
}

function algorithmOf({ kty, crv }: JWK): string | undefined {
  if (kty === 'EC') return crv === 'P-256' ? 'ES256' : undefined
  return kty === 'RSA' ? 'RS256' : undefined
}
