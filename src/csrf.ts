/**
 * CSRF tokens of the form `salt.HMAC-SHA-256(key, salt)`, where the key is derived from the
 * session's secret. Nothing is stored, a token is worth nothing in another session or after the
 * secret was renewed, and two calls never give the same text, so a compressed page does not leak
 * it by its length (the BREACH attack).
 *
 * Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet, "HMAC-based token pattern".
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { randomText } from './token.js'

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
