import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { optionsError } from '../errors.js'
import type { Adopt } from '../options/adoption.js'
import { attributesOf, oldValues } from './old-cookie.js'
import {
  type AdoptOptions,
  type AnyStore,
  checkAdoptOptions,
  checkStore,
  oldSession,
  withCookie,
} from './old-session.js'

type Secret = string | ArrayBuffer | NodeJS.ArrayBufferView | KeyObject
type Callback = (error?: unknown, session?: never) => void

interface Store {
  get(id: string, callback: Callback): unknown
  destroy(id: string, callback: Callback): unknown
}

/** The options of express-session that say where its sessions are. All others are ignored. */
export interface ExpressSessionOptions {
  /** The name of its cookie. @default 'connect.sid' */
  readonly name?: string | undefined
  /** As before, with all secrets by which cookies were signed. */
  readonly secret: Secret | readonly Secret[]
  /** Such as that of connect-redis. */
  readonly store: AnyStore
  /** Its `path` and `domain`; a function gives none. */
  readonly cookie?: object | undefined
}

/**
 * Adopts the sessions of express-session (tried with 1.19 and connect-redis 10), for applications that move to Koa, and
 * for those that stay with Express and use `koa-redis-session-sets/node`.
 *
 * @example
 * adopt: fromExpressSession(oldOptions, {
 *   values: ({ userId }: { userId?: string }) => userId && { user_id: userId },
 * })
 * @param oldOptions - as express-session had them
 * @throws `ERR_SESSION_OPTIONS` without a `secret`, or without a store
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the old options hold others, which are ignored
export function fromExpressSession<Values, Old extends ExpressSessionOptions>(
  oldOptions: Old,
  options: Omit<AdoptOptions<Values>, 'allowUnsigned'>,
): Adopt<Values> {
  checkAdoptOptions('fromExpressSession', options)
  const { name = 'connect.sid', cookie } = oldOptions
  const store: Store = oldOptions.store
  const secrets = [oldOptions.secret].flat()
  checkStore('fromExpressSession', store)
  if (secrets.length === 0 || secrets.some((secret) => !isSecret(secret))) {
    throw optionsError('fromExpressSession needs the "secret" by which the old cookies are signed')
  }
  const cookieOptions = { ...attributesOf(cookie), key: name, signed: false }

  return (ctx) => {
    const text = oldValues(ctx, name)
      .map(decode)
      .find((one) => one !== undefined && isSigned(one, secrets))
    if (text === undefined) return undefined
    const id = text.slice(0, text.lastIndexOf('.'))
    return oldSession(ctx, { value: id, text }, options, cookieOptions, {
      load: async () => withCookie(await ask((answer) => store.get(id, answer))),
      end: () => ask((answer) => store.destroy(id, answer)),
    })
  }
}

function isSecret(secret: unknown): boolean {
  return secret !== '' && (typeof secret === 'string' || isView(secret))
}

function isView(secret: unknown): boolean {
  if (secret instanceof ArrayBuffer) return true
  return ArrayBuffer.isView(secret) || (secret as { type?: unknown } | null)?.type === 'secret'
}

/** `s:ID.SIGNATURE`, encoded for URLs. `undefined` for anything else. */
function decode(value: string): string | undefined {
  try {
    const text = decodeURIComponent(value)
    return text.startsWith('s:') ? text.slice(2) : undefined
  } catch {
    return undefined
  }
}

function isSigned(text: string, secrets: readonly Secret[]): boolean {
  const dot = text.lastIndexOf('.')
  const given = Buffer.from(text.slice(dot + 1))
  return secrets.some((secret) => {
    const digest = createHmac('sha256', secret as string).update(text.slice(0, Math.max(dot, 0)))
    const signature = Buffer.from(digest.digest('base64').replace(/=+$/, ''))
    return given.length === signature.length && timingSafeEqual(given, signature)
  })
}

/** Asks a store that answers by a callback, as express-session does. */
function ask(question: (answer: Callback) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const answer: Callback = (error, session) => {
      const isMissing = (error as { code?: unknown } | null | undefined)?.code === 'ENOENT'
      if (error && !isMissing) reject(error)
      else resolve(session)
    }
    // What it returns besides is no answer, but may be an error.
    Promise.resolve(question(answer)).catch(reject)
  })
}
