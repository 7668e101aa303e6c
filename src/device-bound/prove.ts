import type { Context } from 'koa'
import type { BindingScope } from '../options/device-binding.js'
import { bindingTag, signTime, UNDER_WAY_FOR } from '../store/binding.js'
import type { Moment } from '../store/store.js'
import type { Settings } from './options.js'
import { mountPrefix } from './mount-prefix.js'

/** A device that has proved itself. */
interface Proven {
  readonly id: string
  readonly binding: string
  /** When its challenge was made, by the store's clock, ms. */
  readonly challengedAt: number
  readonly now: Moment
}

/** The name by which the browser knows its session. */
export function identifierOf(id: string, binding: string): string {
  return `${id}.${bindingTag(binding)}`
}

/**
 * Sets the cookie with the proof, and sends the session instructions (W3C DBSC). A proof depends on its challenge
 * alone: several tabs, a repeated request and a copied one get the same, and never a longer one.
 *
 * The cookie is gone a little before the proof is over, so that requests under way still have it.
 */
export function prove(
  ctx: Context,
  { id, binding, challengedAt, now }: Proven,
  { cookieName, cookieAttributes, sendProof }: BindingScope,
  { refreshEvery, path, exclude }: Settings,
): void {
  const proof = signTime(binding, 'proof', challengedAt + refreshEvery + UNDER_WAY_FOR)
  sendProof(proof, challengedAt + refreshEvery - now.latest)
  const prefix = mountPrefix(ctx.originalUrl, ctx.path)
  ctx.status = 200
  ctx.body = {
    session_identifier: identifierOf(id, binding),
    refresh_url: `${prefix}${path}/refresh`,
    // A link in a web mail must open signed in.
    allowed_refresh_initiators: ['*'],
    // Its origin is that of this URL, as the browser knows it: a proxy may show the application another one.
    scope: {
      include_site: false,
      scope_specification: exclude.map((one) => ({
        type: 'exclude',
        domain: '*',
        path: `${prefix}${one}`,
      })),
    },
    credentials: [{ type: 'cookie', name: cookieName, attributes: cookieAttributes }],
  }
}
