import type { Context } from 'koa'

/** What a form sent: the text of a field, empty where there is none. */
export type Form = (name: string) => string

/** In bytes: our forms send a token and an id. */
const LIMIT = 16_384

/** Reads the body of a POST, or takes what a body parser before this one made of it. */
export async function readForm(ctx: Context): Promise<Form> {
  if (ctx.req.readableDidRead) {
    const { body } = ctx.request as { body?: Readonly<Record<string, unknown>> | null }
    return (name) => {
      const value = body?.[name]
      return typeof value === 'string' ? value : ''
    }
  }
  if (ctx.is('urlencoded') === false) return ctx.throw(415)
  const fields = new URLSearchParams(await readText(ctx))
  return (name) => fields.get(name) ?? ''
}

async function readText(ctx: Context): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // To destroy the request would take its socket, and with it `ctx.ip`, from who is asked after us.
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size > LIMIT) break
    }
  } catch {
    // The browser went away.
    ctx.throw(400)
  }
  if (size > LIMIT) {
    // Nobody reads the rest, so nothing can follow it on this connection.
    if (ctx.req.httpVersionMajor === 1) ctx.set('Connection', 'close')
    ctx.throw(413)
  }
  return Buffer.concat(chunks).toString()
}
