import type { DefaultState, ParameterizedContext } from 'koa'
import { type Fields, SessionError, type SessionMiddleware, type WithSession } from '../index.js'

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
}

/** @throws `ERR_SESSION_OPTIONS`, naming the option */
export function checkOptions<F extends Fields | undefined>(
  Session: SessionMiddleware<F>,
  options: AdminOptions<F>,
): Required<AdminOptions<F>> {
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
    if (name !== 'authorize' && name !== 'path') throw wrong(`admin has no option "${name}"`)
  }
  const { authorize, path = '/admin' } = options
  if (typeof authorize !== 'function') {
    throw wrong('options.authorize must be a function that tells who may end sessions')
  }
  if (typeof path !== 'string' || !/^(\/[\w.~-]+)*\/?$/.test(path)) {
    throw wrong("options.path must be a path such as '/admin'")
  }
  return { authorize, path: path.replace(/\/$/, '') }
}

function wrong(message: string): SessionError {
  return new SessionError('ERR_SESSION_OPTIONS', message)
}
