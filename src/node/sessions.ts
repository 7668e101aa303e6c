import { type IncomingMessage, ServerResponse } from 'node:http'
import Koa, { type Context } from 'koa'
import { optionsError } from '../errors.js'
import { sessions as koaSessions } from '../index.js'
import type { Fields, Session, SessionMiddleware, SessionOptions } from '../index.js'

/** What Koa's own application knows, beside the options of `sessions()`. */
export interface NodeOptions {
  /** The keys of signed cookies, the newest first: with `signed: true`. */
  readonly keys?: readonly string[]
  /** Whether a proxy in front says by `X-Forwarded-Proto` that the request came over TLS. @default false */
  readonly proxy?: boolean
}

type MaybeFields = Fields | undefined

/** The calls that concern no single request, as with Koa. */
type Shared<F extends MaybeFields> = Pick<SessionMiddleware<F>, keyof SessionMiddleware<F>>

/** What `sessions()` returns. */
export interface NodeSessions<F extends MaybeFields = undefined> extends Omit<
  Shared<F>,
  'createSession'
> {
  /**
   * The session of a request: one object for one `req`. The first call counts as the request's start: call it before
   * checking a password. Leave `res` out for an upgrade (WebSocket), which can send no cookie.
   *
   * Await its calls before the response's headers are sent. A forgotten `await` is not waited for here; its error is
   * logged.
   *
   * @example
   * const { user_id } = await Session.for(req, res).peek()
   */
  for(req: IncomingMessage, res?: ServerResponse): Session<F>

  /**
   * Answers a request for one of the paths of `options.binding`. Call it first for each request.
   *
   * @returns `false` for any other request, which is the application's
   * @example
   * app.use(async (req, res, next) => {
   *   if (!(await Session.handle(req, res))) next()
   * })
   */
  handle(req: IncomingMessage, res: ServerResponse): Promise<boolean>
}

/**
 * Sessions for Express, Fastify, Hono and plain `node:http`, with the options of `sessions()` for Koa. A Koa application
 * inside reads and sets the cookies; it answers nothing by itself.
 *
 * @example
 * const Session = sessions({ client, references: { user_id: {} } })
 * const server = http.createServer(async (req, res) => {
 *   const { user_id } = await Session.for(req, res).peek()
 *   res.end(user_id ?? 'nobody')
 * })
 * @throws `ERR_SESSION_OPTIONS`, naming the invalid option
 */
export function sessions<const F extends MaybeFields = undefined>(
  options: SessionOptions<F> & NodeOptions = {},
): NodeSessions<F> {
  const { keys, proxy = false, ...own } = options
  if (own.signed === true && keys === undefined) {
    throw optionsError('options.signed is true, but options.keys is not set')
  }
  const app = new Koa()
  app.proxy = proxy
  if (keys !== undefined) app.keys = [...keys]
  const middleware = koaSessions<F>(app, own)

  const contexts = new WeakMap<IncomingMessage, Context>()
  const contextOf = (
    req: IncomingMessage & { readonly originalUrl?: string },
    res: ServerResponse = new ServerResponse(req),
  ): Context => {
    let ctx = contexts.get(req)
    if (ctx === undefined) {
      ctx = app.createContext(req, res) as unknown as Context
      // Express takes the path of a mounted router off `url`.
      ctx.originalUrl = req.originalUrl ?? ctx.originalUrl
      contexts.set(req, ctx)
    }
    return ctx
  }

  return {
    ...middleware,
    for: (req, res) => middleware.createSession(contextOf(req, res)),
    async handle(req, res) {
      const ctx = contextOf(req, res)
      if (own.binding?.pathOf(ctx) === undefined) return false
      await (app as unknown as Answering).handleRequest(ctx, (one) =>
        middleware(one as never, async () => {}),
      )
      return true
    },
  }
}

/** Koa's method that runs middleware for a context and sends the response. */
interface Answering {
  handleRequest(ctx: Context, run: (ctx: Context) => Promise<unknown>): Promise<unknown>
}
