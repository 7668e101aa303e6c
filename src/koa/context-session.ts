import type { Context } from 'koa'
import { optionsError } from '../errors.js'
import type { MaybeFields } from '../fields/types.js'
import type { Config } from '../options/config.js'
import type { Calls } from './calls.js'
import { CALLS, guard } from './guard.js'
import { Session } from './session.js'

/** All entries of a context, the newest first. */
const ENTRIES = Symbol('session entries')
/** The entry whose session is `ctx.session`: the innermost middleware's. */
const SHOWN = Symbol('shown session')

type SessionsContext = Context & { [ENTRIES]?: Entry; [SHOWN]?: Entry | undefined }

/** One middleware's session in one request. Two would not know of each other's renewals. */
export class Entry {
  readonly #ctx: Context
  readonly startedAt = performance.now()
  readonly config: Config
  readonly older: Entry | undefined
  /** In how many runs of the middleware the request is: more than one if it is used twice. */
  depth = 0
  /** `undefined` until the session is used, like the session. */
  calls: Calls | undefined
  #session: Session<MaybeFields> | undefined

  constructor(ctx: Context, config: Config, older: Entry | undefined) {
    this.#ctx = ctx
    this.config = config
    this.older = older
  }

  open(): Session<MaybeFields> {
    if (this.#session === undefined) {
      const session = new Session<MaybeFields>(this.#ctx, this.config, this)
      this.calls = session[CALLS]
      this.#session = guard(session)
    }
    return this.#session
  }
}

/** The middleware's entry for a context. The first call counts as the request's start. */
export function entryOf(ctx: SessionsContext, config: Config): Entry {
  const newest = ctx[ENTRIES]
  for (let entry = newest; entry !== undefined; entry = entry.older) {
    if (entry.config === config) return entry
  }
  return (ctx[ENTRIES] = new Entry(ctx, config, newest))
}

/**
 * Makes an entry's session `ctx.session`.
 *
 * @returns the entry shown before
 */
export function show(ctx: SessionsContext, entry: Entry): Entry | undefined {
  const outer = ctx[SHOWN]
  if (outer === undefined && !isOurs(ctx)) {
    if ('session' in ctx) throw conflictError()
    // The context of another app, into which this one is mounted.
    Object.defineProperty(ctx, 'session', ACCESSOR)
  }
  ctx[SHOWN] = entry
  return outer
}

/** The outermost middleware's session stays, for error handlers and streams. */
export function restore(ctx: SessionsContext, outer: Entry | undefined): void {
  if (outer !== undefined) ctx[SHOWN] = outer
}

/**
 * Defines `ctx.session` for all contexts of an app.
 *
 * @throws `ERR_SESSION_OPTIONS` if something else has defined it
 */
export function defineSession(app: object): void {
  const { context } = app as { context?: object }
  if (typeof context !== 'object' || context === null || isOurs(context)) return
  if ('session' in context) throw conflictError()
  Object.defineProperty(context, 'session', ACCESSOR)
}

const OURS = Symbol('ours')
let asking = false

/** By the value that the accessor returns: looking up its descriptor would cost each request more. */
function isOurs(ctx: object): boolean {
  asking = true
  try {
    return (ctx as { session?: unknown }).session === OURS
  } catch {
    return false
  } finally {
    asking = false
  }
}

const ACCESSOR: PropertyDescriptor & ThisType<SessionsContext> = {
  configurable: true,
  get() {
    return asking ? OURS : this[SHOWN]?.open()
  },
  set(value: unknown) {
    if (this[SHOWN] !== undefined) throw assignmentError(value)
    const property = { value, configurable: true, enumerable: true, writable: true }
    Object.defineProperty(this, 'session', property)
  },
}

function assignmentError(value: unknown): Error {
  return optionsError(
    value === null || value === undefined
      ? 'ctx.session cannot be assigned: to sign out, call await ctx.session.delete()'
      : 'ctx.session cannot be assigned: call await ctx.session.set({ … })',
  )
}

function conflictError(): Error {
  return optionsError(
    'something else, such as koa-session, has defined ctx.session already: use one of them per app, ' +
      'or give sessions() an app of its own and call Session.createSession(ctx)',
  )
}
