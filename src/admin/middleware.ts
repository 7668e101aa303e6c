import type { Context, Next } from 'koa'
import { type Fields, SessionError, type SessionMiddleware } from '../index.js'
import { FieldView } from './field-view.js'
import { type AdminContext, type AdminOptions, checkAdminOptions } from './options.js'
import { errorPage } from './pages/error.js'
import { layout, type Page } from './pages/layout.js'
import { searchPage } from './pages/search-form.js'
import { readForm } from './request-form.js'
import { type AdminRequest, createRoutes, reporter, type Route } from './routes.js'
import { isCrossOrigin } from './same-origin.js'
import { type AnySessionMiddleware, InvalidSearchError } from './search.js'

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // With 'no-referrer' forms send `Origin: null`, which an application's CSRF checks may refuse.
  'Referrer-Policy': 'same-origin',
}

/**
 * Creates the middleware of the operator's pages, which find sessions by any reference and end one or
 * all. They work without scripts. Mount it after `Session`.
 *
 * @example
 * app.use(Session)
 * app.use(
 *   admin(Session, {
 *     authorize: async (ctx) => (await ctx.session.peek(['role'])).role === 'operator',
 *   }),
 * )
 * @throws `ERR_SESSION_OPTIONS`, naming the invalid option
 */
export function admin<F extends Fields | undefined = undefined>(
  Session: SessionMiddleware<F>,
  options: AdminOptions<F>,
): (ctx: AdminContext<F>, next: Next) => Promise<unknown> {
  const checked = checkAdminOptions(Session, options)
  const { authorize, path, back } = checked
  const sessions = Session as unknown as AnySessionMiddleware
  const routes = createRoutes(sessions, checked)

  return async (ctx, next) => {
    const isAuthorized = async (): Promise<boolean> => {
      // Plain JavaScript may return anything: only `true` is a yes.
      const allowed: unknown = await authorize(ctx)
      return allowed === true
    }
    const ours = ctx.path === path || ctx.path.startsWith(`${path}/`)
    if (!ours || !(await isAuthorized())) return next()
    const context = ctx as unknown as Context
    const view = new FieldView(checked, sessions.references, reporter(context))
    try {
      ctx.set(HEADERS)
      // Links are relative, so the search page needs its trailing slash.
      const [originalPath = ''] = ctx.originalUrl.split('?', 1)
      const last = originalPath.split('/').at(-1)
      if (last && (ctx.path === path || ctx.path === `${path}/`)) {
        return ctx.redirect(`${last}/${ctx.search}`)
      }
      const route = routes.get(ctx.path.slice(path.length + 1))
      const page = await handle(context, sessions, route, { view, isAuthorized })
      if (page !== undefined) show(context, page, back)
    } catch (error) {
      show(context, handleError(context, sessions, view, error), back)
    }
  }
}

function show(ctx: Context, page: Page, back: string | undefined): void {
  ctx.type = 'html'
  ctx.body = layout(page, back)
}

async function handle(
  ctx: Context,
  Session: AnySessionMiddleware,
  route: Route | undefined,
  given: Pick<AdminRequest, 'view' | 'isAuthorized'>,
): Promise<Page | void> {
  const handler = ctx.method === 'POST' ? route?.POST : route?.GET
  if (route === undefined) ctx.throw(404)
  if (handler === undefined || !['GET', 'HEAD', 'POST'].includes(ctx.method)) {
    ctx.set('Allow', Object.keys(route).join(', ').replace('GET', 'GET, HEAD'))
    return ctx.throw(405)
  }
  const session = Session.createSession(ctx)
  const query = new URLSearchParams(ctx.querystring)
  const request = { ...given, ctx, session, query }
  if (ctx.method !== 'POST') return handler({ ...request, form: () => '' })
  if (isCrossOrigin(ctx)) ctx.throw(403)
  const form = await readForm(ctx)
  if (!(await session.verifyCSRFToken(form('csrf')))) ctx.throw(403)
  // A client may take minutes to send the body.
  if (!(await given.isAuthorized())) ctx.throw(403)
  return handler({ ...request, form })
}

/** Koa's own error response would lose the headers. */
function handleError(
  ctx: Context,
  Session: AnySessionMiddleware,
  view: FieldView,
  error: unknown,
): Page {
  if (error instanceof InvalidSearchError) {
    const { references } = Session
    const { field, value: text } = Object.fromEntries(new URLSearchParams(ctx.querystring))
    ctx.status = 400
    return searchPage({ references, view, field, text, error: error.message })
  }
  const status = statusOf(error)
  if (status >= 500) reporter(ctx)(error)
  if (status === 503) ctx.set('Retry-After', '5')
  ctx.status = status
  return errorPage(status)
}

function statusOf(error: unknown): number {
  if (error instanceof SessionError) return error.status
  // Errors of `ctx.throw` have a status too.
  const { status } = error as { status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
