import type { Context, Next } from 'koa'
import { type Fields, SessionError, type SessionMiddleware } from '../index.js'
import { readForm } from './form.js'
import { layout, type Page } from './layout.js'
import { type AdminContext, type AdminOptions, checkOptions } from './options.js'
import { errorPage, searchPage } from './pages.js'
import { createRoutes, type Route } from './routes.js'
import { type AnySessions, BadSearch } from './search.js'

/** On each answer, also on errors: but only to those who are authorised. */
const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // With 'no-referrer' its forms would say `Origin: null`, which guards of an application refuse.
  'Referrer-Policy': 'same-origin',
}

/**
 * Makes the middleware of the operator's page: finds sessions by any reference, and ends one or all.
 * It works without a script in the browser. Mount it after `Session`.
 *
 * @example
 * app.use(Session)
 * app.use(
 *   admin(Session, {
 *     authorize: async (ctx) => (await ctx.session.peek(['role'])).role === 'operator',
 *   }),
 * )
 * @throws `ERR_SESSION_OPTIONS` for a bad option, by its name
 */
export function admin<F extends Fields | undefined = undefined>(
  Session: SessionMiddleware<F>,
  options: AdminOptions<F>,
): (ctx: AdminContext<F>, next: Next) => Promise<unknown> {
  const { authorize, path, back, fields } = checkOptions(Session, options)
  // Here names and values come from forms, and are checked when they come.
  const sessions = Session as unknown as AnySessions
  const routes = createRoutes(sessions, fields)

  return async (ctx, next) => {
    const ours = ctx.path === path || ctx.path.startsWith(`${path}/`)
    // From JavaScript it may be anything, and what is no clear yes is a no.
    const allowed: unknown = ours && (await authorize(ctx))
    // For others the page is not there: the application answers as it does where nothing is.
    if (allowed !== true) return next()
    const context = ctx as unknown as Context
    try {
      ctx.set(HEADERS)
      // All links are relative to the folder, wherever the application is mounted.
      const [asked = ''] = ctx.originalUrl.split('?', 1)
      const last = asked.split('/').at(-1)
      if (last && (ctx.path === path || ctx.path === `${path}/`)) {
        return ctx.redirect(`${last}/${ctx.search}`)
      }
      const page = await answer(context, sessions, routes.get(ctx.path.slice(path.length + 1)))
      if (page !== undefined) show(context, page, back)
    } catch (error) {
      show(context, answerError(context, sessions, error), back)
    }
  }
}

function show(ctx: Context, page: Page, back: string | undefined): void {
  ctx.type = 'html'
  ctx.body = layout(page, back)
}

async function answer(
  ctx: Context,
  Session: AnySessions,
  route: Route | undefined,
): Promise<Page | void> {
  const handler = ctx.method === 'POST' ? route?.POST : route?.GET
  if (route === undefined) ctx.throw(404)
  if (handler === undefined || !['GET', 'HEAD', 'POST'].includes(ctx.method)) {
    ctx.set('Allow', Object.keys(route).join(', ').replace('GET', 'GET, HEAD'))
    return ctx.throw(405)
  }
  const session = Session.createSession(ctx)
  const query = new URLSearchParams(ctx.querystring)
  if (ctx.method !== 'POST') return handler({ ctx, session, query, form: () => '' })
  const form = await readForm(ctx)
  if (!(await session.verifyCSRFToken(form('csrf')))) ctx.throw(403)
  return handler({ ctx, session, query, form })
}

/** Koa's own answer to an error would lose the headers. */
function answerError(ctx: Context, Session: AnySessions, error: unknown): Page {
  if (error instanceof BadSearch) {
    const { references } = Session
    const { field, value: text } = Object.fromEntries(new URLSearchParams(ctx.querystring))
    ctx.status = 400
    return searchPage({ references, field, text, error: error.message })
  }
  const status = statusOf(error)
  // So that it stands in the application's log, as an error that is thrown does.
  if (status >= 500) ctx.app.emit('error', error, ctx)
  if (status === 503) ctx.set('Retry-After', '5')
  ctx.status = status
  return errorPage(status)
}

function statusOf(error: unknown): number {
  // Those of Koa's ctx.throw have one too.
  if (error instanceof SessionError) return error.status
  const { status } = error as { status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
