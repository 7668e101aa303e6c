import type { Context, DefaultState, Next, ParameterizedContext } from 'koa'
import { checkOptions, type Config } from './config.js'
import { wrongOption } from './errors.js'
import type {
  FieldInput,
  MaybeFields,
  ReadValues,
  ReferenceName,
  SessionRead,
} from './fields/types.js'
import { OperatorStore } from './operator.js'
import type { SessionOptions } from './options.js'
import { checkRevoke, checkSearch, type RevokeOptions, type SearchOptions } from './search.js'
import { Session } from './session.js'
import type { SessionDetails } from './store/store.js'

/** By names, not by the class: an import of a default is one of nothing without `esModuleInterop`. */
type KoaApp = Pick<Context['app'], 'use'>

/** A live session, as `Session.find` yields it. */
export interface FoundSession<F extends MaybeFields = undefined> {
  /** Its public id, for `Session.revoke`. */
  readonly id: string
  /** The application's fields. */
  readonly values: ReadValues<F>
  readonly createdAt: Date
  /** When it ends if nothing touches it. */
  readonly expiresAt: Date
}

/** What the middleware adds to Koa's context. Of an interface an editor would show the fields twice. */
export type WithSession<F extends MaybeFields = undefined> = { session: Session<F> }

/** Any middleware of `sessions()`, whatever its fields. */
type AnySessionMiddleware = { createSession(ctx: never): unknown }

/** What a middleware adds to `ctx`, for routers: `new Router<{}, SessionContext<typeof Session>>()`. */
export type SessionContext<Middleware extends AnySessionMiddleware> = {
  session: ReturnType<Middleware['createSession']>
}

/** What `get` and `peek` give, for functions that take it: `SessionValues<typeof Session>`. */
export type SessionValues<Middleware extends AnySessionMiddleware> =
  ReturnType<Middleware['createSession']> extends Session<infer F> ? SessionRead<F> : never

/** What `sessions()` returns: the middleware, with all that is not about one request on it. */
export interface SessionMiddleware<F extends MaybeFields = undefined> {
  (ctx: ParameterizedContext<DefaultState, WithSession<F>>, next: Next): Promise<unknown>

  /** The operator's door: sessions by id. */
  readonly store: OperatorStore<F>

  /** The names of `options.references`, in their order: what sessions can be found by. */
  readonly references: readonly ReferenceName<F>[]

  /** A session object for a context, without the middleware. */
  createSession(ctx: Context): Session<F>

  /** The key of the Redis set that holds the ids of all sessions with this value of a reference. */
  getReferenceKey<K extends ReferenceName<F>>(field: K, value: FieldInput<F, K>): string

  /**
   * The value of a reference that a text stands for, as Redis holds it: for pages of your own that
   * ask what to look for. The text itself where `fields` declares nothing.
   *
   * @throws `ERR_SESSION_FIELD` for what is no reference, and for a text that does not decode as the
   * field is declared
   */
  decodeReference<K extends ReferenceName<F>>(field: K, text: string): FieldInput<F, K>

  /**
   * Every live session with this value of a reference, in no order. It can be left early, and takes
   * the memory of 500 sessions, however many there are. While a set of more than that changes its
   * size in Redis, a session may be yielded twice.
   *
   * @example
   * for await (const { id, values, createdAt } of Session.find('user_id', 7)) console.log(id)
   * @throws `ERR_SESSION_FIELD` for what is no reference; while reading, `ERR_SESSION_STORE`, or the
   * signal's reason
   */
  find<K extends ReferenceName<F>>(
    field: K,
    value: FieldInput<F, K>,
    options?: SearchOptions,
  ): AsyncIterable<FoundSession<F>>

  /** The number of live sessions with this value of a reference. */
  count<K extends ReferenceName<F>>(
    field: K,
    value: FieldInput<F, K>,
    options?: SearchOptions,
  ): Promise<number>

  /**
   * Ends one session for good.
   *
   * @returns whether there was one
   */
  revoke(id: string): Promise<boolean>

  /**
   * Ends every session that had this value when it was called, and kept it: once it resolves, none of them
   * can be read or written, whatever was under way. It goes through them in pages of 500, so the process's
   * memory does not grow with their number, and no command keeps Redis for long. Where it rejects,
   * what was ended stays ended, and nothing is left by half: call it again for the rest.
   *
   * @example
   * await Session.revokeAll('org_id', 7, {
   *   signal: AbortSignal.timeout(60_000),
   *   onProgress: ({ seen, total }) => console.log(`${Math.round((100 * seen) / total)} %`),
   * })
   * @returns how many it ended
   * @throws the signal's reason where that is aborted, and what `onProgress` throws
   */
  revokeAll<K extends ReferenceName<F>>(
    field: K,
    value: FieldInput<F, K>,
    options?: RevokeOptions<F>,
  ): Promise<number>

  /**
   * Closes the connection that `ctx.session.signal` listens on, if there is one, so that the process
   * can exit. Signals that somebody waits for do not fire any more then, so end the streams first; one that
   * is asked for later has fired, with `ERR_SESSION_OPTIONS`. `options.client` stays open: it is yours.
   */
  close(): Promise<void>
}

/**
 * Makes the middleware that puts `ctx.session` on each request. A request that does not use it costs
 * nothing: no command, no cookie.
 *
 * @example
 * const Session = sessions(app, { client, references: { user_id: {} } })
 * app.use(Session)
 * @throws `ERR_SESSION_OPTIONS` for a bad option, by its name
 */
export function sessions<const F extends MaybeFields = undefined>(
  app: KoaApp,
  options?: SessionOptions<F>,
): SessionMiddleware<F>
export function sessions(app: KoaApp, options: SessionOptions<MaybeFields> = {}): object {
  if (typeof app?.use !== 'function') throw wrongOption('the first argument must be the Koa app')
  const config = checkOptions(options)
  const { store, policy, fields } = config

  // Two objects in one request would not know of each other's renewals.
  const made = new WeakMap<object, Session<MaybeFields>>()
  const sessionOf = (ctx: Context): Session<MaybeFields> =>
    Session.isOf(config, ctx['session'])
      ? ctx['session']
      : (made.get(ctx) ?? new Session(ctx, config))

  const createSession = (ctx: Context): Session<MaybeFields> => {
    const session = sessionOf(ctx)
    made.set(ctx, session)
    return session
  }

  const middleware = (
    ctx: ParameterizedContext<DefaultState, WithSession<MaybeFields>>,
    next: Next,
  ): Promise<unknown> => {
    ctx.session = sessionOf(ctx)
    return next()
  }

  return Object.assign(middleware, {
    store: new OperatorStore<MaybeFields>(store, fields),
    references: Object.freeze([...policy.references.keys()]),
    createSession,
    decodeReference: (field: string, text: string) => fields.decodeReference(field, text),
    getReferenceKey: (field: string, value: unknown) =>
      store.getReferenceKey(field, fields.encodeReference(field, value)),
    find: (field: string, value: unknown, given: SearchOptions = {}) =>
      found(
        config,
        store.find(field, fields.encodeReference(field, value), checkSearch('find', given)),
      ),
    count: async (field: string, value: unknown, given: SearchOptions = {}) =>
      store.count(field, fields.encodeReference(field, value), checkSearch('count', given)),
    revoke: async (id: string) => (await store.delete(id)) === 'ended',
    revokeAll: async (field: string, value: unknown, given: RevokeOptions<MaybeFields> = {}) => {
      const text = fields.encodeReference(field, value)
      return store.deleteAll(field, text, await checkRevoke(config, given))
    },
    close: () => store.close(),
  })
}

async function* found(
  { fields }: Config,
  details: AsyncIterable<SessionDetails>,
): AsyncGenerator<FoundSession<MaybeFields>, void, undefined> {
  for await (const { id, values: texts, createdAt, expiresAt } of details) {
    const values = fields.decode(texts, id) as Record<string, string>
    yield { id, values, createdAt: new Date(createdAt), expiresAt: new Date(expiresAt) }
  }
}
