import type { Context } from 'koa'
import { readBody } from '../koa/read-body.js'

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
  const fields = new URLSearchParams(await readFormBody(ctx))
  return (name) => fields.get(name) ?? ''
}

async function readFormBody(ctx: Context): Promise<string> {
  let body: string | undefined
  try {
    body = await readBody(ctx.req, MAX_SIZE)
  } catch {
    // The client has disconnected.
    ctx.throw(400)
  }
  if (body !== undefined) return body
  // The rest stays unread, so the connection cannot be reused.
  if (ctx.req.httpVersionMajor === 1) ctx.set('Connection', 'close')
  return ctx.throw(413)
}
