/**
 * CSRF tokens: `salt.HMAC-SHA-256(key, salt)`, with a key derived from the session's secret.
 *
 * Nothing is stored. Each token has a fresh salt, so the length of a compressed page does not reveal
 * it (BREACH attack).
 *
 * Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet, "HMAC-based token pattern".
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { randomText } from '../store/token.js'

const SALT_BYTES = 12
const TOKEN_PATTERN = /^([\w-]{16})\.([\w-]{43})$/

export function createCSRFToken(secret: string): string {
  const salt = randomText(SALT_BYTES)
  return `${salt}.${sign(secret, salt)}`
}

export function verifyCSRFToken(secret: string, token: unknown): boolean {
  const match = typeof token === 'string' ? TOKEN_PATTERN.exec(token) : null
  if (match === null) return false
  const [, salt = '', signature = ''] = match
  return timingSafeEqual(Buffer.from(signature), Buffer.from(sign(secret, salt)))
}

function sign(secret: string, salt: string): string {
  const key = createHmac('sha256', secret).update('koa-redis-session-sets csrf').digest()
  return createHmac('sha256', key).update(salt).digest('base64url')
}
