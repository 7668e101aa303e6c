import type { Context } from 'koa'

/** Returns the value of a form field, `''` without it. */
export type Form = (name: string) => string

/** In bytes. */
const MAX_SIZE = 16_384

/** Reads the body of a POST, unless a body parser has done so. */
export async function readForm(ctx: Context): Promise<Form> {
  if (ctx.req.readableDidRead) {
    const { body } = ctx.request as { body?: Readonly<Record<string, unknown>> | null }
    return (name) => {
      const value = body?.[name]
      return typeof value === 'string' ? value : ''
    }
  }
  if (ctx.is('urlencoded') === false) return ctx.throw(415)
  const fields = new URLSearchParams(await readBody(ctx))
  return (name) => fields.get(name) ?? ''
}

async function readBody(ctx: Context): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // Destroying the request would destroy its socket, and with it `ctx.ip` for later middleware.
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size > MAX_SIZE) break
    }
  } catch {
    // The client has disconnected.
    ctx.throw(400)
  }
  if (size > MAX_SIZE) {
    // The rest stays unread, so the connection cannot be reused.
    if (ctx.req.httpVersionMajor === 1) ctx.set('Connection', 'close')
    ctx.throw(413)
  }
  return Buffer.concat(chunks).toString()
}
