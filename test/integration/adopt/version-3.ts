/**
 * What version 3 of this package sent and stored, as far as a move needs it. The package itself has the name of this
 * one, so it cannot be installed beside it.
 */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Context } from 'koa'

export interface Version3 {
  readonly client: Redis
  readonly prefix: string
  readonly references: Readonly<Record<string, object>>
  readonly maxAge: number
}

const COOKIE = { overwrite: true, httpOnly: true, signed: true }

/** Signs in: the cookie is the id, in base64; a hash, and the id in the set of each reference. */
export async function signIn(ctx: Context, old: Version3, values: Record<string, string>) {
  const { client, prefix, references, maxAge } = old
  const id = ctx.cookies.get('session-id', COOKIE) ?? randomBytes(18).toString('base64')
  ctx.cookies.set('session-id', id, { ...COOKIE, maxAge })
  const key = `${prefix}:{${id}}`
  const commands = client
    .multi()
    .hset(key, { id, _csrf_secret: 'x', ...values })
    .pexpire(key, maxAge)
  for (const field of Object.keys(references)) {
    if (values[field] !== undefined) commands.sadd(`${prefix}:${field}:{${values[field]}}`, id)
  }
  await commands.exec()
}

export function read(ctx: Context, { client, prefix }: Version3): Promise<Record<string, string>> {
  return client.hgetall(`${prefix}:{${ctx.cookies.get('session-id', COOKIE) ?? ''}}`)
}

export async function signOut(ctx: Context, { client, prefix }: Version3): Promise<void> {
  await client.del(`${prefix}:{${ctx.cookies.get('session-id', COOKIE) ?? ''}}`)
  ctx.cookies.set('session-id', '', COOKIE)
}
