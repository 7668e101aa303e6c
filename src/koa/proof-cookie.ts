import type { Context } from 'koa'
import type { Config } from '../options/config.js'
import { valuesOf } from './cookie.js'

/** How many cookies of one name are read. */
const MAX_PROOFS = 4

function nameOf({ key }: Config): string {
  return `${key}-proof`
}

/** The values of the cookie that carries the proof of a device. */
export function readProofs(ctx: Context, config: Config): readonly string[] {
  const header = ctx.req.headers.cookie
  return header === undefined ? [] : valuesOf(header, nameOf(config)).slice(0, MAX_PROOFS)
}

/** What the add-on needs of the cookie. */
export function proofCookie(
  ctx: Context,
  config: Config,
): {
  readonly cookieName: string
  readonly cookieAttributes: string
  readonly sendProof: (proof: string, maxAge: number) => void
} {
  const { sameSite } = config.cookie
  const site = sameSite === true ? 'strict' : sameSite
  const attributes = ['Path=/', 'Secure', 'HttpOnly']
  if (typeof site === 'string') attributes.push(`SameSite=${site}`)
  const cookieName = nameOf(config)
  const cookieAttributes = attributes.join('; ')
  return {
    cookieName,
    cookieAttributes,
    // Not by Koa's cookies, which send `Expires`: the browser's clock may be wrong by more than a proof lasts.
    sendProof: (proof, maxAge) => {
      const seconds = Math.max(1, Math.floor(maxAge / 1000))
      ctx.append('Set-Cookie', `${cookieName}=${proof}; Max-Age=${seconds}; ${cookieAttributes}`)
    },
  }
}
