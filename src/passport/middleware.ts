import type { Context, Next } from 'koa'
import { optionsError } from '../errors.js'
import type { Fields, ReferenceName, Session, SessionMiddleware } from '../index.js'
import { Calls } from '../koa/calls.js'
import { canSendHeaders } from '../koa/cookie.js'
import { Keeper } from './keeper.js'

type MaybeFields = Fields | undefined

/** Options of `passportSession`. */
export interface PassportOptions<F extends MaybeFields = undefined> {
  /** The reference that holds the user's id, as `serializeUser` gives it: sessions are found and ended by it. */
  readonly reference: ReferenceName<F>
}

/**
 * Creates the middleware that gives passport a session, as `ctx.state.session`. Mount it after `passport.initialize()` and
 * before `passport.session()`. It reads the session with one command, where the request has a cookie.
 *
 * A login is `ctx.session.signIn`, a logout `ctx.session.delete`. Where a newer cookie has just replaced this one, or the
 * device's proof is missing, `ctx.state.user` and `ctx.isAuthenticated()` throw: nobody can tell who it is.
 *
 * @example
 * app.use(Session)
 * app.use(passport.initialize())
 * app.use(passportSession(Session, { reference: 'user_id' }))
 * app.use(passport.session())
 * @throws `ERR_SESSION_OPTIONS` if `reference` is not among `Session.references`
 */
export function passportSession<F extends MaybeFields = undefined>(
  Session: SessionMiddleware<F>,
  options: PassportOptions<F>,
): (ctx: Context, next: Next) => Promise<void> {
  const field: unknown = options?.reference
  const all: readonly string[] = Session?.references ?? []
  if (typeof field !== 'string' || !all.includes(field)) {
    throw optionsError("passportSession(Session, { reference }) needs one of Session's references")
  }

  return async (ctx, next) => {
    const session = Session.createSession(ctx) as unknown as Session
    const keeper = new Keeper(ctx, session, { field, all })
    const scope = { depth: 1 }
    const calls = new Calls(ctx, scope)
    trackCalls(ctx, calls)
    showSession(ctx, keeper)
    await keeper.load()
    hideUser(ctx, keeper)
    let failed = true
    let failure: { readonly error: unknown } | undefined
    try {
      await next()
      failed = false
    } finally {
      if (calls.arePending) await calls.settle(() => !canSendHeaders(ctx))
      scope.depth = 0
      failure = calls.takeFailure(failed)
      await keeper.close().catch((error: unknown) => {
        if (failed || failure !== undefined) report(ctx, error)
        else failure = { error }
      })
    }
    if (failure !== undefined) throw failure.error
  }
}

/** For an error of a request that has failed anyway. */
function report(ctx: Context, error: unknown): void {
  if (ctx.app.listenerCount('error') > 0) ctx.app.emit('error', error, ctx)
  else ctx.app.onerror(error as Error)
}

interface Options {
  readonly keepSessionInfo?: boolean
}

type Method = (...args: unknown[]) => Promise<void>

/** As with `ctx.session`, the response waits for a call without `await`, and its error is the request's. */
function trackCalls(ctx: Context, calls: Calls): void {
  const methods = ctx as unknown as Record<string, Method | undefined>
  for (const names of [
    ['login', 'logIn'],
    ['logout', 'logOut'],
  ] as const) {
    const method = methods[names[0]]
    if (typeof method !== 'function') {
      throw optionsError('mount passport.initialize() before passportSession()')
    }
    const isLogout = names[0] === 'logout'
    const tracked: Method = (...args) => {
      const run = async (): Promise<void> => {
        if (isLogout) refuseToKeep(args[0] as Options | undefined)
        await method(...args)
      }
      return calls.track(run(), true)
    }
    for (const name of names) methods[name] = tracked
  }
}

function refuseToKeep(options: Options | undefined): void {
  if (options?.keepSessionInfo !== true) return
  throw optionsError(
    'logout cannot keepSessionInfo: the session ends, as its fields are those of the user who leaves',
  )
}

/** Where koa-passport looks first for `req.session`, so that nothing else can take its place. */
function showSession(ctx: Context, keeper: Keeper): void {
  if ('session' in ctx.state) throw stateError()
  Object.defineProperty(ctx.state, 'session', {
    configurable: true,
    get: () => keeper.current,
    set: () => {
      throw stateError()
    },
  })
}

function stateError(): Error {
  return optionsError(
    "ctx.state.session is passport's session, of one passportSession(): use another name for your own value",
  )
}

/** "Cannot tell" is not "nobody": a login may go on, and pages that do not ask are answered. */
function hideUser(ctx: Context, { whyUnknown }: Keeper): void {
  if (whyUnknown === undefined) return
  Object.defineProperty(ctx.state, 'user', {
    configurable: true,
    enumerable: true,
    get: () => {
      throw whyUnknown()
    },
    set: (value: unknown) => {
      const property = { value, configurable: true, enumerable: true, writable: true }
      Object.defineProperty(ctx.state, 'user', property)
    },
  })
}
