import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Context } from 'koa'
import { optionsError } from '../errors.js'
import type { Config } from '../options/config.js'
import { createToken, formatToken } from '../store/token.js'
import { recordRefusal, recordStart } from './record.js'
import { encodeSignIn } from './sign-in.js'

/** What `Session.createCookie` resolves to. */
export interface CreatedCookie {
  /** The session's public id. */
  readonly id: string
  /** The value of a `Cookie` header. It is as secret as a password. */
  readonly cookie: string
}

/** Creates a session that somebody has signed in to, and its cookie. */
export async function createCookie(
  app: object,
  config: Config,
  values: unknown,
): Promise<CreatedCookie> {
  const changes = encodeSignIn(config, values, undefined)
  const token = createToken(config.byteLength)
  const own = `${config.key}=${formatToken(token)}`
  // Before anything is sent: it may throw.
  const cookie = config.cookie.signed === true ? `${own}; ${config.key}.sig=${sign(app, own)}` : own
  const since = performance.now()
  const creating = config.store.create(token.id, token.secretHash, {
    ...changes,
    unset: undefined,
    since,
  })
  await recordRefusal(creating, config, () => undefined, changes)
  recordStart(config, token.id, changes)
  return { id: token.id, cookie }
}

/** Signs as Koa's cookies are signed: by the keys of a context of the application. */
function sign(app: object, cookie: string): string {
  const { createContext, keys } = app as {
    createContext: Context['app']['createContext']
    keys?: unknown
  }
  if (keys === undefined) throw optionsError('options.signed is true, but app.keys is not set')
  const request = new IncomingMessage(new Socket())
  const { cookies } = createContext.call(app as never, request, new ServerResponse(request))
  return (cookies as unknown as { keys: { sign(data: string): string } }).keys.sign(cookie)
}
