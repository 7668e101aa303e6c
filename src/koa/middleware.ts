import type { Context, DefaultState, Next, ParameterizedContext } from 'koa'
import { optionsError } from '../errors.js'
import type {
  FieldInput,
  MaybeFields,
  ReadValues,
  ReferenceName,
  SessionRead,
  WriteValues,
} from '../fields/types.js'
import { checkOptions, type Config } from '../options/config.js'
import type { BindingScope } from '../options/device-binding.js'
import type { SessionOptions } from '../options/session-options.js'
import { boundAt } from '../store/binding.js'
import type { SessionDetails } from '../store/store.js'
import {
  checkSearchOptions,
  resolveRevokeOptions,
  type RevokeOptions,
  type SearchOptions,
} from './call-options.js'
import { keepConfig } from './config-of.js'
import { defineSession, entryOf, restore, show } from './context-session.js'
import { canSendHeaders, SessionCookie } from './cookie.js'
import { proofCookie } from './proof-cookie.js'
import { checkEndOptions, type EndOptions } from './end-options.js'
import { createCookie, type CreatedCookie } from './create-cookie.js'
import type { Session } from './session.js'
import { SessionsById } from './sessions-by-id.js'

/** Not Koa's class: without `esModuleInterop` its default import has no type. */
type KoaApp = Pick<Context['app'], 'use'>

/** A live session, as `Session.find` yields it. */
export interface FoundSession<F extends MaybeFields = undefined> {
  /** The public id, for `Session.revoke`. */
  readonly id: string
  /** The application's fields. */
  readonly values: ReadValues<F>
  /** When it was started. This and all times below are by Redis's clock. */
  readonly createdAt: Date
  /** When somebody last signed in; `undefined` before that. */
  readonly signedInAt: Date | undefined
  /** When it was last written or touched: `rolling` is the precision for sessions that are only read. */
  readonly lastActiveAt: Date
  /** When the session expires unless it is written or touched. */
  readonly expiresAt: Date
  /** Whether it is bound to a device. */
  readonly bound: boolean
}

/** What the middleware adds to Koa's context. (Editors show an interface's fields twice.) */
export type WithSession<F extends MaybeFields = undefined> = {
  /** The visitor's session, in this request. */
  session: Session<F>
}

/** Any middleware from `sessions()`, whatever its fields. */
type AnySessionMiddleware = { createSession(ctx: never): unknown }

/**
 * Koa's context with `ctx.session`, for parameters and routers:
 * `new Router<DefaultState, SessionContext<typeof Session>>()`.
 */
export type SessionContext<
  Middleware extends AnySessionMiddleware,
  State = DefaultState,
> = ParameterizedContext<
  State,
  {
    /** The visitor's session, in this request. */
    session: ReturnType<Middleware['createSession']>
  }
>

/** What `get` and `peek` return, for a parameter's type: `SessionValues<typeof Session>`. */
export type SessionValues<Middleware extends AnySessionMiddleware> =
  ReturnType<Middleware['createSession']> extends Session<infer F> ? SessionRead<F> : never

/** What `sessions()` returns: the middleware, with the calls that concern no single request. */
export interface SessionMiddleware<F extends MaybeFields = undefined> {
  /** Koa's middleware: adds `ctx.session`. The response waits for calls that may send a cookie. */
  (ctx: ParameterizedContext<DefaultState, WithSession<F>>, next: Next): Promise<unknown>

  /** Sessions by id, for jobs and administration. */
  readonly store: SessionsById<F>

  /** The names of `options.references`, in their order. */
  readonly references: readonly ReferenceName<F>[]

  /**
   * The session of a context that does not pass the middleware, such as a WebSocket's. The first call
   * for a context counts as the request's start: call it before checking a password.
   */
  createSession(ctx: Context): Session<F>

  /**
   * The key of the Redis set of the ids of all sessions with this value.
   *
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference, or cannot hold the value
   */
  getReferenceKey<K extends ReferenceName<F>>(field: K, value: FieldInput<F, K>): string

  /**
   * Decodes a reference's value from a string, for search pages. Without declared `fields` it returns
   * the string.
   *
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference, or the string does not decode
   */
  decodeReference<K extends ReferenceName<F>>(field: K, encoded: string): FieldInput<F, K>

  /**
   * Yields every live session with this value, in no particular order; nothing if there is none. Memory is bounded by a
   * page of 500. If Redis resizes a larger set meanwhile, a session may be yielded twice.
   *
   * @example
   * for await (const { id, values, createdAt } of Session.find('user_id', 7)) console.log(id)
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference, or cannot hold the value
   * @throws `ERR_SESSION_STORE`, or the signal's reason, while iterating
   */
  find<K extends ReferenceName<F>>(
    field: K,
    value: FieldInput<F, K>,
    options?: SearchOptions,
  ): AsyncIterable<FoundSession<F>>

  /**
   * Counts the sessions that `find` would yield.
   *
   * @returns their number, 0 if there is none
   * @throws as `find`
   */
  count<K extends ReferenceName<F>>(
    field: K,
    value: FieldInput<F, K>,
    options?: SearchOptions,
  ): Promise<number>

  /**
   * Creates a signed-in session and its cookie, for tests and scripts. It counts as a sign-in.
   *
   * @param values - as for `ctx.session.signIn`
   * @example
   * const { cookie } = await Session.createCookie({ user_id: 7 })
   * await fetch(url, { headers: { cookie } })
   * @returns its id, and the value of a `Cookie` header, with the signature where `signed` is set
   * @throws as `ctx.session.signIn`
   */
  createCookie(values: WriteValues<F>): Promise<CreatedCookie>

  /**
   * Ends one session for good.
   *
   * @param id - as `find` yields it
   * @param options - `reason`: what its browser is told
   * @returns whether it ended; `false` if there is no such session
   * @throws `ERR_SESSION_STORE` if Redis cannot answer: the session may have ended or not
   */
  revoke(id: string, options?: EndOptions): Promise<boolean>

  /**
   * Ends every session that has this value when it is called, and keeps it: once it resolves, none can
   * be read or written. For an hour, requests that began before it cannot sign in to this value (OWASP ASVS 5.0, 7.4.2
   * and 7.4.5).
   *
   * It works in pages of 500, in bounded memory. If it rejects, sessions that have ended stay ended:
   * call it again for the rest.
   *
   * @example
   * await Session.revokeAll('org_id', 7, {
   *   signal: AbortSignal.timeout(60_000),
   *   onProgress: ({ seen, total }) => console.log(`${Math.round((100 * seen) / total)} %`),
   * })
   * @returns how many it ended
   * @throws `ERR_SESSION_FIELD` if `field` is not a reference, or cannot hold the value
   * @throws `ERR_SESSION_OPTIONS` if `except` is not a session
   * @throws `ERR_SESSION_STORE` if Redis cannot answer: some sessions may have ended, others not
   * @throws the signal's reason, or the error that `onProgress` throws
   */
  revokeAll<K extends ReferenceName<F>>(
    field: K,
    value: FieldInput<F, K>,
    options?: RevokeOptions<F>,
  ): Promise<number>

  /**
   * Waits for the pruning of sets, up to `options.timeout`, and closes the connection behind `ctx.session.signal`, so
   * that the process can exit; `options.client` stays open. Signals in use never abort after it: close their streams
   * first. Later ones are aborted with `ERR_SESSION_OPTIONS`.
   */
  close(): Promise<void>
}

/**
 * Creates the middleware that adds `ctx.session`. A request that does not use it sends no command and
 * sets no cookie.
 *
 * @example
 * const Session = sessions(app, { client, references: { user_id: {} } })
 * app.use(Session)
 * @param app - the Koa application
 * @returns the middleware, with the methods that concern no single request
 * @throws `ERR_SESSION_OPTIONS`, naming the invalid option
 */
export function sessions<const F extends MaybeFields = undefined>(
  app: KoaApp,
  options?: SessionOptions<F>,
): SessionMiddleware<F>
export function sessions(app: KoaApp, options: SessionOptions<MaybeFields> = {}): object {
  if (typeof app?.use !== 'function') throw optionsError('the first argument must be the Koa app')
  const config = checkOptions(options)
  const { store, policy, fields, binding } = config

  defineSession(app)
  const createSession = (ctx: Context): Session<MaybeFields> => entryOf(ctx, config).open()

  const middleware = async (
    ctx: ParameterizedContext<DefaultState, WithSession<MaybeFields>>,
    next: Next,
  ): Promise<unknown> => {
    const path = binding?.pathOf(ctx)
    if (binding !== undefined && path !== undefined) {
      return binding.answer(ctx, path, bindingScope(ctx, config))
    }
    const entry = entryOf(ctx, config)
    const outer = show(ctx, entry)
    entry.depth++
    let failed = true
    let failure: { readonly error: unknown } | undefined
    let result: unknown
    try {
      result = await next()
      failed = false
    } finally {
      const { calls } = entry
      if (calls?.arePending === true) await calls.settle(() => !canSendHeaders(ctx))
      entry.depth--
      restore(ctx, outer)
      failure = calls?.takeFailure(failed)
    }
    if (failure !== undefined) throw failure.error
    return result
  }

  const Session = Object.assign(middleware, {
    store: new SessionsById<MaybeFields>(store, fields),
    references: Object.freeze([...policy.references.keys()]),
    createSession,
    decodeReference: (field: string, encoded: string) => fields.decodeReference(field, encoded),
    getReferenceKey: (field: string, value: unknown) =>
      store.getReferenceKey(field, fields.encodeReference(field, value)),
    find: (field: string, value: unknown, given: SearchOptions = {}) => {
      const encoded = fields.encodeReference(field, value)
      return toFoundSessions(config, store.find(field, encoded, checkSearchOptions('find', given)))
    },
    count: async (field: string, value: unknown, given: SearchOptions = {}) => {
      const encoded = fields.encodeReference(field, value)
      return store.count(field, encoded, checkSearchOptions('count', given))
    },
    createCookie: async (values: unknown) => createCookie(app, config, values),
    revoke: async (id: string, given: EndOptions = {}) => {
      const reason = checkEndOptions('revoke', given)
      return (await store.delete(id, { reason })) === 'deleted'
    },
    revokeAll: async (field: string, value: unknown, given: RevokeOptions<MaybeFields> = {}) => {
      const encoded = fields.encodeReference(field, value)
      return store.revokeAll(field, encoded, await resolveRevokeOptions(config, given))
    },
    close: () => store.close(),
  })
  keepConfig(Session, config)
  return Session
}

function bindingScope(ctx: Context, config: Config): BindingScope {
  const tokens = new SessionCookie(ctx, config).read()
  return { store: config.store, tokens, ...proofCookie(ctx, config) }
}

async function* toFoundSessions(
  { fields }: Config,
  sessionDetails: AsyncIterable<SessionDetails>,
): AsyncGenerator<FoundSession<MaybeFields>, void, undefined> {
  for await (const session of sessionDetails) {
    const { id, values, signedInAt } = session
    yield {
      id,
      values: fields.decode(values, id),
      createdAt: new Date(session.createdAt),
      signedInAt: signedInAt === undefined ? undefined : new Date(signedInAt),
      lastActiveAt: new Date(session.lastActiveAt),
      expiresAt: new Date(session.expiresAt),
      bound: boundAt(session.binding) !== undefined,
    }
  }
}
