import type { Context } from 'koa'

/**
 * Whether a browser may have sent this POST from another origin.
 *
 * `Sec-Fetch-Site` decides where it is sent, as no proxy changes it. Browsers omit it over plain HTTP,
 * and some did so until 2023. Then the host in `Origin` must be this one. Without both headers the CSRF
 * token alone decides.
 *
 * Source: W3C Fetch Metadata Request Headers; OWASP ASVS 5.0, 3.5.1.
 */
export function isCrossOrigin(ctx: Context): boolean {
  const site = ctx.get('sec-fetch-site')
  if (site !== '') return site !== 'same-origin'
  const origin = ctx.get('origin')
  return origin !== '' && !isSameHost(origin, ctx.host)
}

/** Schemes are not compared: Koa may not know of the TLS that a proxy ends. */
function isSameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: expected } = new URL(origin)
  // Drops a default port, as browsers do.
  const url = `${protocol}//${host}`
  return host !== '' && URL.canParse(url) && new URL(url).host === expected
}
