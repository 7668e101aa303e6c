import type { DefaultState, ParameterizedContext } from 'koa'
import type { History } from './history.js'
import { type Fields, SessionError, type SessionMiddleware, type WithSession } from '../index.js'

const NAMES = new Set(['authorize', 'path', 'back', 'fields', 'history'])

export type AdminContext<F extends Fields | undefined> = ParameterizedContext<
  DefaultState,
  WithSession<F>
>

/** The options of `admin(Session, options)`. */
export interface AdminOptions<F extends Fields | undefined = undefined> {
  /**
   * Whether this visitor may see and end all sessions; called for each request. Unless it returns
   * exactly `true`, the request goes to the next middleware, as if there were no such page. Read the
   * session with `peek`: `get` would start one for a stranger.
   *
   * Called again once the body of a POST has arrived, and while sessions are being ended, after each
   * page of 500, also when the response has been sent: from then on anything but `true` stops it.
   */
  readonly authorize: (ctx: AdminContext<F>) => boolean | Promise<boolean>
  /** The path of the pages. @default '/admin' */
  readonly path?: string
  /** The URL of your application's own pages, to which each page links. @default none */
  readonly back?: string
  /** The fields to show, in this order: leave out private ones. @default all */
  readonly fields?: readonly (F extends Fields ? keyof F & string : string)[]
  /**
   * What happened to the sessions of a reference's value, or to one of them, the newest first: read from your audit
   * log. The pages then link to it. They show the first 50 entries, and read no more of an iterable. @default none
   */
  readonly history?: History
}

export type CheckedAdminOptions<F extends Fields | undefined> = Required<
  Pick<AdminOptions<F>, 'authorize' | 'path'>
> & {
  readonly back: string | undefined
  readonly fields: readonly string[] | undefined
  readonly history: History | undefined
}

export function checkAdminOptions<F extends Fields | undefined>(
  Session: SessionMiddleware<F>,
  options: AdminOptions<F>,
): CheckedAdminOptions<F> {
  if (typeof Session?.revokeAll !== 'function') {
    throw optionsError('the first argument of admin must be the result of sessions()')
  }
  if (Session.references.length === 0) {
    throw optionsError(
      'admin finds sessions by references, but options.references of sessions() is empty',
    )
  }
  if (typeof options !== 'object' || options === null) {
    throw optionsError('the second argument of admin must be an object with the option "authorize"')
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw optionsError(`admin has no option "${name}"`)
  }
  const { authorize, path = '/admin', back, fields, history } = options
  if (typeof authorize !== 'function') {
    throw optionsError('options.authorize must be a function')
  }
  if (typeof path !== 'string' || !/^(\/[\w.~-]+)*\/?$/.test(path)) {
    throw optionsError("options.path must be a path such as '/admin'")
  }
  if (back !== undefined && (typeof back !== 'string' || !/^(\/|https?:)/.test(back))) {
    throw optionsError("options.back must be a URL such as '/'")
  }
  if (fields !== undefined && !isNames(fields)) {
    throw optionsError('options.fields must be an array of field names')
  }
  if (history !== undefined && typeof history !== 'function') {
    throw optionsError('options.history must be a function')
  }
  return { authorize, path: path.replace(/\/$/, ''), back, fields, history }
}

function isNames(fields: unknown): fields is string[] {
  return Array.isArray(fields) && fields.every((name) => typeof name === 'string')
}

function optionsError(message: string): SessionError {
  return new SessionError('ERR_SESSION_OPTIONS', message)
}
