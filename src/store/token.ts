/**
 * The identity of a session: a public id and a secret.
 *
 * The id names the session in Redis and may be shown to its owner. The secret proves possession. It leaves this
 * process only in the cookie; Redis sees its hash.
 */
import { hash, hkdfSync, randomFillSync } from 'node:crypto'

const ID_BYTES = 15
const ID_LENGTH = 20
const ID_PATTERN = /^[\w-]{20}$/
/** A secret of 16 to 128 bytes in base64url: its length may have been configured differently before. */
const COOKIE_PATTERN = /^[\w-]{20}\.[\w-]{22,171}$/

/** The characters of base64url, and the same in ASCII order, so that ids sort by age as plain strings. */
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SORTED = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'

/** What a cookie claims. Only the store can tell whether it is true. */
export interface Token {
  readonly id: string
  readonly secret: string
  /** What Redis holds in place of the secret. */
  readonly secretHash: string
}

const idText = Buffer.alloc(ID_LENGTH)

/** Random bytes in blocks: one system call for many ids costs a tenth of one call for each. */
const pool = Buffer.alloc(4096)
let poolUsed = pool.length

/** The index of that many fresh bytes in the pool. */
function draw(length: number): number {
  if (poolUsed + length > pool.length) {
    randomFillSync(pool)
    poolUsed = 0
  }
  const start = poolUsed
  poolUsed += length
  return start
}

/** A fresh random string of `bytes` bytes in base64url. */
export function randomText(bytes: number): string {
  const start = draw(bytes)
  const text = pool.toString('base64url', start, start + bytes)
  // A secret must not linger in memory that outlives its session.
  pool.fill(0, start, start + bytes)
  return text
}

/** A fresh id: 4 bytes of Unix seconds and 11 random bytes, in 20 characters that sort by age. */
export function createId(now = Date.now()): string {
  const start = draw(ID_BYTES)
  pool.writeUInt32BE(Math.floor(now / 1000) >>> 0, start)
  let length = 0
  for (let i = start; i < start + ID_BYTES; i += 3) {
    const bits = pool.readUIntBE(i, 3)
    for (let shift = 18; shift >= 0; shift -= 6) {
      idText[length++] = SORTED.charCodeAt((bits >> shift) & 63)
    }
  }
  return idText.toString('latin1')
}

/** When an id was made, ms since 1970. */
export function idTime(id: string): number {
  let bits = 0
  // Six characters hold 36 bits: 32 of time, four random ones.
  for (let i = 0; i < 6; i++) bits = bits * 64 + SORTED.indexOf(id.charAt(i))
  return Math.floor(bits / 16) * 1000
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value)
}

/**
 * SHA-256 of a secret, truncated to 128 bits, in base64url. A plain hash is enough: the secret has at least 128
 * random bits, so there is nothing to guess.
 */
function hashSecret(secret: string): string {
  const digest = hash('sha256', secret, 'base64url')
  // 128 bits are 21 characters and the first two bits of the next. (A buffer would cost more than the hash.)
  return digest.slice(0, 21) + 'AQgw'.charAt(BASE64URL.indexOf(digest.charAt(21)) >> 4)
}

/** A token with a new secret, for a new session or a renewal. */
export function createToken(secretBytes: number, id = createId()): Token {
  const secret = randomText(secretBytes)
  return { id, secret, secretHash: hashSecret(secret) }
}

/** The beginning of derived ids. Read as a time, it is in 2106. */
const DERIVED = 'zzzz'

/** How many bytes of an id and of a secret are derived. */
const DERIVED_ID_BYTES = 12
const DERIVED_SECRET_BYTES = 32

/**
 * The token of the session that is adopted from another library's (RFC 5869). From one string it is always the same,
 * so that parallel requests come to one session; its id tells no age. Of a string that others know too, only the id may be
 * used, for a session without a secret.
 *
 * @param from - a string that only the holder of the old cookie knows
 */
export function deriveToken(from: string): Token {
  const derive = (info: string, bytes: number): string =>
    Buffer.from(hkdfSync('sha256', from, 'koa-redis-session-sets', info, bytes)).toString(
      'base64url',
    )
  const secret = derive('secret', DERIVED_SECRET_BYTES)
  return {
    id: DERIVED + derive('id', DERIVED_ID_BYTES),
    secret,
    secretHash: hashSecret(secret),
  }
}

/** Whether a string could be a cookie's value. */
export function isWellFormed(text: string): boolean {
  return COOKIE_PATTERN.test(text)
}

/** Reads a cookie's value. Returns `undefined` for malformed input. */
export function parseToken(text: string | undefined): Token | undefined {
  if (text === undefined || !isWellFormed(text)) return undefined
  const secret = text.slice(ID_LENGTH + 1)
  return { id: text.slice(0, ID_LENGTH), secret, secretHash: hashSecret(secret) }
}

export function formatToken(token: Token): string {
  return `${token.id}.${token.secret}`
}

/** Compares two hashes in constant time. */
export function sameSecret(a: string, b: string | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false
  // Not by `timingSafeEqual`: its buffers would cost four times as much.
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
