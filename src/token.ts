/**
 * The identity of a session: a public id and a secret.
 *
 * The id names the session in Redis and may be shown to its owner. The secret proves possession;
 * it leaves this process only in the cookie. Redis sees its hash.
 */
import { hash, randomFillSync, timingSafeEqual } from 'node:crypto'

const ID_BYTES = 15
const ID_PATTERN = /^[\w-]{20}$/
/** A base64url secret of 16 to 128 bytes: the length may have been configured differently before. */
const COOKIE_PATTERN = /^([\w-]{20})\.([\w-]{22,171})$/

/**
 * base64url's own order of characters is not their order in ASCII, so ids would not sort by age.
 * The same 64 characters, in ASCII's order.
 */
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SORTED = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'

/** Who a cookie says it is. Whether that is true, only the store can tell. */
export interface Token {
  readonly id: string
  readonly secret: string
  /** What Redis keeps in place of the secret. */
  readonly secretHash: string
}

/** Where the characters of an id are put together. */
const idText = Buffer.alloc(20)

/** Random bytes, drawn in blocks: one system call for many ids costs a tenth of one each. */
const pool = Buffer.alloc(4096)
let poolUsed = pool.length

/** Where so many fresh bytes stand in the pool. */
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

/**
 * A fresh id: 4 bytes of Unix seconds and 11 random bytes in 20 characters of base64url,
 * in an order of characters that lets ids sort by age as plain strings.
 */
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

/** The time, in ms since 1970, that is written in an id. */
export function idTime(id: string): number {
  let bits = 0
  // Six characters hold 36 bits: 32 of time, four of chance.
  for (let i = 0; i < 6; i++) bits = bits * 64 + SORTED.indexOf(id.charAt(i))
  return Math.floor(bits / 16) * 1000
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value)
}

/**
 * SHA-256 of a secret, cut to 128 bits, in base64url.
 *
 * A plain hash is enough: the secret has 128 random bits or more, so there is nothing to guess.
 */
function hashSecret(secret: string): string {
  const digest = hash('sha256', secret, 'base64url')
  // 128 bits are 21 characters and the first two bits of the next. (A buffer would cost more than the hash.)
  return digest.slice(0, 21) + 'AQgw'.charAt(BASE64URL.indexOf(digest.charAt(21)) >> 4)
}

/** A token with a new secret, for a new id or for one that is renewed. */
export function createToken(secretBytes: number, id = createId()): Token {
  const secret = randomText(secretBytes)
  return { id, secret, secretHash: hashSecret(secret) }
}

/** Reads a cookie's text. Anything that no `formatToken` could have made is `undefined`. */
export function parseToken(text: string | undefined): Token | undefined {
  const match = text === undefined ? null : COOKIE_PATTERN.exec(text)
  if (match === null) return undefined
  const [, id = '', secret = ''] = match
  return { id, secret, secretHash: hashSecret(secret) }
}

export function formatToken(token: Token): string {
  return `${token.id}.${token.secret}`
}

/** Whether two hashes are equal, in a time that does not tell where they differ. */
export function sameSecret(a: string, b: string | undefined): boolean {
  return b !== undefined && a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
