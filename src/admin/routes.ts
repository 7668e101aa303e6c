import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'koa'
import type { Form } from './form.js'
import { Jobs } from './jobs.js'
import { confirmPage, jobPage, listing, searchPage } from './pages.js'
import { type AnySession, type AnySessions, count, list, readSearch } from './search.js'
import { STYLE } from './style.js'

/** A request of somebody who is authorised; a POST has shown its CSRF token. */
export interface Visit {
  readonly ctx: Context
  /** The operator's own. */
  readonly session: AnySession
  readonly query: URLSearchParams
  readonly form: Form
}

type Handler = (visit: Visit) => Promise<void>

/** What an address does, by method. Only what a POST does changes anything. */
export interface Route {
  readonly GET?: Handler
  readonly POST?: Handler
}

/** In ms: a small set is done before the answer, and its page says so at once. */
const PATIENCE = 300

/** The routes, by the name after the path. */
export function createRoutes(Session: AnySessions): ReadonlyMap<string, Route> {
  const { references } = Session
  const jobs = new Jobs()

  const showSearch = async ({ ctx, session, query }: Visit, notice?: string): Promise<void> => {
    if (!query.has('field')) return show(ctx, searchPage({ references }))
    const search = readSearch(Session, query)
    const token = await session.createCSRFToken()
    const content = listing(search, await list(Session, session, search), session.id, token)
    show(ctx, searchPage({ references, notice, content, field: search.field, text: search.text }))
  }

  const endOne: Handler = async (visit) => {
    const id = visit.form('id')
    if (id === ownId(visit)) return showSearch(visit, 'Your own session stays. Sign out to end it.')
    const ended = await Session.revoke(id)
    await showSearch(visit, ended ? `Session ${id} has ended.` : 'This session had ended already.')
  }

  const confirm: Handler = async ({ ctx, session, query }) => {
    const search = readSearch(Session, query)
    const token = await session.createCSRFToken()
    show(ctx, confirmPage(search, await count(Session, session, search), token))
  }

  const endAll: Handler = async (visit) => {
    const { ctx } = visit
    const search = readSearch(Session, visit.query)
    const except = ownId(visit)
    const job = jobs.start(
      except,
      search,
      (options) => Session.revokeAll(search.field, search.value, { ...options, except }),
      (error) => ctx.app.emit('error', error, ctx),
    )
    if (job === undefined) return ctx.throw(429)
    await Promise.race([job.over, sleep(PATIENCE, undefined, { ref: false })])
    goTo(ctx, `job?id=${job.id}`)
  }

  const showJob: Handler = async ({ ctx, session, query }) => {
    const token = await session.createCSRFToken()
    const job = jobs.get(query.get('id') ?? '', session.id ?? '')
    if (job === undefined) return ctx.throw(404)
    show(ctx, jobPage(job, token))
  }

  const stopJob: Handler = async (visit) => {
    const { ctx, query } = visit
    const job = jobs.get(query.get('id') ?? '', ownId(visit))
    if (job === undefined) return ctx.throw(404)
    job.stop()
    await Promise.race([job.over, sleep(PATIENCE, undefined, { ref: false })])
    goTo(ctx, `job?id=${job.id}`)
  }

  const showStyle: Handler = async ({ ctx }) => {
    ctx.type = 'css'
    ctx.body = STYLE
  }

  return new Map<string, Route>([
    ['', { GET: (visit) => showSearch(visit) }],
    ['end', { POST: endOne }],
    ['end-all', { GET: confirm, POST: endAll }],
    ['job', { GET: showJob, POST: stopJob }],
    ['style.css', { GET: showStyle }],
  ])
}

/** The id of the operator's session, which nothing here ends. */
function ownId({ ctx, session: { id } }: Visit): string {
  // With a cookie that was replaced a moment ago nobody can tell which session must stay.
  return id ?? ctx.throw(401)
}

function show(ctx: Context, page: string): void {
  ctx.type = 'html'
  ctx.body = page
}

/** So that a reload sends no form again. */
function goTo(ctx: Context, address: string): void {
  ctx.status = 303
  ctx.redirect(address)
}
