import type Koa from 'koa'
import { checkOptions, type Config } from './config.js'
import { SessionError, wrongOption } from './errors.js'
import { encodeValue, type FieldValue } from './fields.js'
import { OperatorStore } from './operator.js'
import type { SessionOptions } from './options.js'
import { Session } from './session.js'
import type { SessionDetails } from './store/store.js'
import { isId } from './token.js'

/** A live session, as `Session.find` yields it. */
export interface FoundSession {
  /** Its public id, for `Session.revoke`. */
  readonly id: string
  /** The application's fields. */
  readonly values: Record<string, string | undefined>
  readonly createdAt: Date
  /** When it ends if nothing touches it. */
  readonly expiresAt: Date
}

/** The options of `Session.revokeAll`. */
export interface RevokeOptions {
  /** A session that stays: its id, or `ctx.session`. */
  readonly except?: string | Session
}

/** What the middleware adds to Koa's context. */
export interface WithSession {
  session: Session
}

/** The type of `ctx` behind a middleware, for routers: `new Router<{}, SessionContext<typeof Session>>()`. */
export type SessionContext<Middleware extends SessionMiddleware> = {
  session: ReturnType<Middleware['createSession']>
}

/** What `sessions()` returns: the middleware, with all that is not about one request on it. */
export interface SessionMiddleware {
  (ctx: Koa.ParameterizedContext<Koa.DefaultState, WithSession>, next: Koa.Next): Promise<unknown>

  /** The operator's door: sessions by id. */
  readonly store: OperatorStore

  /** A session object for a context, without the middleware. */
  createSession(ctx: Koa.Context): Session

  /** The key of the Redis set that holds the ids of all sessions with this value of a reference. */
  getReferenceKey(field: string, value: FieldValue): string

  /**
   * Every live session with this value of a reference, in no order. It can be left early. While a
   * set of more than 500 ids changes its size in Redis, a session may be yielded twice.
   *
   * @example
   * for await (const { id, values, createdAt } of Session.find('user_id', 7)) console.log(id)
   * @throws `ERR_SESSION_FIELD` for what is no reference; while reading, `ERR_SESSION_STORE`
   */
  find(field: string, value: FieldValue): AsyncIterable<FoundSession>

  /** The number of live sessions with this value of a reference. */
  count(field: string, value: FieldValue): Promise<number>

  /**
   * Ends one session for good.
   *
   * @returns whether there was one
   */
  revoke(id: string): Promise<boolean>

  /**
   * Ends every session that had this value when it was called: once it resolves, none of them can be
   * read or written, whatever was under way.
   *
   * @returns how many it ended
   */
  revokeAll(field: string, value: FieldValue, options?: RevokeOptions): Promise<number>
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
export function sessions(app: Pick<Koa, 'use'>, options: SessionOptions = {}): SessionMiddleware {
  if (typeof app?.use !== 'function') throw wrongOption('the first argument must be the Koa app')
  const config = checkOptions(options)
  const { store, policy } = config

  const encode = (field: string, value: FieldValue): string => {
    if (policy.references.has(field)) return encodeValue(field, value)
    throw new SessionError('ERR_SESSION_FIELD', `"${field}" is not among options.references`)
  }
  // Two objects in one request would not know of each other's renewals.
  const createSession = (ctx: Koa.Context): Session =>
    Session.isOf(config, ctx['session']) ? ctx['session'] : new Session(ctx, config)

  const middleware = (
    ctx: Koa.ParameterizedContext<Koa.DefaultState, WithSession>,
    next: Koa.Next,
  ): Promise<unknown> => {
    ctx.session = createSession(ctx)
    return next()
  }

  return Object.assign(middleware, {
    store: new OperatorStore(store),
    createSession,
    getReferenceKey: (field: string, value: FieldValue) =>
      store.getReferenceKey(field, encode(field, value)),
    find: (field: string, value: FieldValue) => found(store.find(field, encode(field, value))),
    count: async (field: string, value: FieldValue) => store.count(field, encode(field, value)),
    revoke: async (id: string) => (await store.delete(id)) === 'ended',
    revokeAll: async (field: string, value: FieldValue, spare: RevokeOptions = {}) => {
      const text = encode(field, value)
      return store.deleteAll(field, text, await exceptId(config, spare))
    },
  })
}

async function exceptId(config: Config, options: RevokeOptions): Promise<string | undefined> {
  if (!('except' in options)) return undefined
  const { except } = options
  if (Session.isOf(config, except)) return except.ownId()
  if (isId(except)) return except
  throw wrongOption(
    'options.except must be the id of a session, or ctx.session itself, whose id is known only ' +
      'once the session was read',
  )
}

async function* found(
  details: AsyncIterable<SessionDetails>,
): AsyncGenerator<FoundSession, void, undefined> {
  for await (const { id, values, createdAt, expiresAt } of details) {
    yield { id, values, createdAt: new Date(createdAt), expiresAt: new Date(expiresAt) }
  }
}
