import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { optionsError } from '../errors.js'
import { readBody } from '../koa/read-body.js'
import { sleep } from '../real-time.js'

/** The longest body that is read, in bytes. A logout token has about a thousand; some bring certificates along. */
const LONGEST_BODY = 32_768

const FORM = 'application/x-www-form-urlencoded'

/**
 * The `logout_token` of a request (OpenID Connect Back-Channel Logout 1.0, 2.5), whether a body parser ran before or not.
 * `undefined` where the request is anything else, too long, or not there in time.
 *
 * @param timeout - how long the body may take, ms
 * @throws `ERR_SESSION_OPTIONS` where another middleware has read the body and kept nothing
 */
export async function readLogoutToken(ctx: Context, timeout: number): Promise<string | undefined> {
  if (ctx.method !== 'POST' || ctx.is(FORM) !== FORM || !isUtf8(ctx)) return undefined
  if (!ctx.req.readableDidRead) return tokenIn(await readWithin(ctx, timeout))
  const { body } = ctx.request as { readonly body?: unknown }
  if (typeof body !== 'object' || body === null) {
    throw optionsError(
      'the body of a logout request was read before backChannelLogout(), and is not in ctx.request.body: mount it first',
    )
  }
  const { logout_token: token } = body as { readonly logout_token?: unknown }
  return typeof token === 'string' ? token : undefined
}

function isUtf8(ctx: Context): boolean {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(ctx.get('Content-Type'))?.[1]
  return charset === undefined || /^utf-?8$/i.test(charset)
}

function tokenIn(body: string | undefined): string | undefined {
  if (body === undefined) return undefined
  const [token, ...others] = new URLSearchParams(body).getAll('logout_token')
  return others.length === 0 ? token : undefined
}

async function readWithin({ req, res }: Context, timeout: number): Promise<string | undefined> {
  const finished = new AbortController()
  const late = sleep(timeout, { signal: finished.signal }).then(() => {
    // Node would wait for the rest of the body, for minutes.
    res.setHeader('Connection', 'close')
  })
  try {
    return (await Promise.race([read(req), late])) ?? undefined
  } catch {
    // The sender has gone.
    return undefined
  } finally {
    finished.abort()
  }
}

async function read(req: IncomingMessage): Promise<string | undefined> {
  const isShort = Number(req.headers['content-length'] ?? 0) <= LONGEST_BODY
  const body = isShort ? await readBody(req, LONGEST_BODY) : undefined
  // The rest is thrown away, so that the sender comes to read the answer.
  if (body === undefined) req.resume()
  return body
}
