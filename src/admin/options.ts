import type { DefaultState, ParameterizedContext } from 'koa'
import { type Fields, SessionError, type SessionMiddleware, type WithSession } from '../index.js'

const OPTIONS = new Set(['authorize', 'path', 'back', 'fields'])

/** The context that the middleware runs in. */
export type AdminContext<F extends Fields | undefined> = ParameterizedContext<
  DefaultState,
  WithSession<F>
>

/** The options of `admin(Session, options)`. */
export interface AdminOptions<F extends Fields | undefined = undefined> {
  /**
   * Whether this visitor may see and end everybody's sessions. It is asked at each request. Whoever
   * is not given exactly `true` gets what the application answers for a page that it does not have;
   * what it throws goes on to the application. Read the session with `peek`: `get` would start one
   * for a stranger.
   */
  readonly authorize: (ctx: AdminContext<F>) => boolean | Promise<boolean>
  /** Where the pages are. A slash at its end changes nothing. @default '/admin' */
  readonly path?: string
  /** The address of your application's own pages: each page links to it. @default none */
  readonly back?: string
  /**
   * The fields of a session that are shown, in this order: leave out what is no business of an
   * operator. @default all
   */
  readonly fields?: readonly (F extends Fields ? keyof F & string : string)[]
}

/** The options as the pages use them. */
export type Checked<F extends Fields | undefined> = Required<
  Pick<AdminOptions<F>, 'authorize' | 'path'>
> & { readonly back: string | undefined; readonly fields: readonly string[] | undefined }

/** @throws `ERR_SESSION_OPTIONS`, naming the option */
export function checkOptions<F extends Fields | undefined>(
  Session: SessionMiddleware<F>,
  options: AdminOptions<F>,
): Checked<F> {
  if (typeof Session?.revokeAll !== 'function') {
    throw wrong('the first argument of admin must be what sessions() returned')
  }
  if (Session.references.length === 0) {
    throw wrong('admin finds sessions by references, but options.references of sessions() has none')
  }
  if (typeof options !== 'object' || options === null) {
    throw wrong('the second argument of admin must be an object with the option "authorize"')
  }
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) throw wrong(`admin has no option "${name}"`)
  }
  const { authorize, path = '/admin', back, fields } = options
  if (typeof authorize !== 'function') {
    throw wrong('options.authorize must be a function that tells who may end sessions')
  }
  if (typeof path !== 'string' || !/^(\/[\w.~-]+)*\/?$/.test(path)) {
    throw wrong("options.path must be a path such as '/admin'")
  }
  if (back !== undefined && (typeof back !== 'string' || !/^(\/|https?:)/.test(back))) {
    throw wrong("options.back must be an address such as '/'")
  }
  if (fields !== undefined && !isNames(fields)) {
    throw wrong('options.fields must be an array of the names of fields')
  }
  return { authorize, path: path.replace(/\/$/, ''), back, fields }
}

function isNames(fields: unknown): fields is string[] {
  return Array.isArray(fields) && fields.every((name) => typeof name === 'string')
}

function wrong(message: string): SessionError {
  return new SessionError('ERR_SESSION_OPTIONS', message)
}
