import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'koa'
import type { FieldView } from './field-view.js'
import { checkHealth } from './health.js'
import { type History, readHistory, readRecent } from './history.js'
import { html } from './html.js'
import { type Job, Jobs } from './jobs.js'
import { ICON } from './mark.js'
import type { CheckedAdminOptions } from './options.js'
import { confirmEndAllPage, confirmEndPage } from './pages/ending.js'
import { historyPage } from './pages/history.js'
import { home } from './pages/home.js'
import { jobPage } from './pages/job.js'
import { notice, type Page } from './pages/layout.js'
import { PROGRESS_SCRIPT } from './pages/progress-script.js'
import { searchResult } from './pages/results.js'
import { searchPage } from './pages/search-form.js'
import type { Form } from './request-form.js'
import {
  type AnySession,
  type AnySessionMiddleware,
  countSessions,
  findSessions,
  parseSearch,
  readSession,
  searchesForOwn,
} from './search.js'
import { STYLE } from './style/style.js'

/** What the browsers of ended sessions are told. */
const REASON = 'operator'

/** An authorised request. If it is a POST, its CSRF token has been verified. */
export interface AdminRequest {
  readonly ctx: Context
  /** The operator's own session. */
  readonly session: AnySession
  readonly query: URLSearchParams
  readonly form: Form
  readonly view: FieldView
  /** Whether the operator is still authorised. */
  readonly isAuthorized: () => Promise<boolean>
}

/** Returns the page to show, unless it has redirected. */
type Handler = (request: AdminRequest) => Promise<Page | void>

export interface Route {
  readonly GET?: Handler
  readonly POST?: Handler
}

/** How long to wait for a job before its page is shown, ms. A small set is done by then. */
const JOB_WAIT = 300

/** Returns a function that passes errors to the application's log. */
export function reporter(ctx: Context): (error: unknown) => void {
  return (error) => void ctx.app.emit('error', error, ctx)
}

/** The routes, by their paths below the admin path. */
export function createRoutes(
  Session: AnySessionMiddleware,
  {
    fields,
    history,
    recent,
  }: Pick<CheckedAdminOptions<undefined>, 'fields' | 'history' | 'recent'>,
): ReadonlyMap<string, Route> {
  const { references } = Session
  const jobs = new Jobs()

  const showHome: Handler = async ({ ctx, session, view }) => {
    const health = await checkHealth(Session)
    const isAway = 'error' in health
    if (isAway) {
      reporter(ctx)(health.error)
      ctx.status = 503
      ctx.set('Retry-After', '5')
    }
    const content = home({
      references,
      view,
      health,
      own: isAway ? [] : await searchesForOwn(Session, session),
      recent: recent && (await readRecent(recent, reporter(ctx))),
    })
    return searchPage({ references, view, content })
  }

  const showSearch: Handler = async (request) => {
    const { session, query, view } = request
    if (!query.has('field')) return showHome(request)
    const search = parseSearch(Session, query)
    // `authorize` may not have read the session, which is marked in the list.
    if (session.id === undefined) await session.peek([])
    const found = await findSessions(Session, session, search, fields)
    const result = searchResult({
      view,
      search,
      found,
      own: session.id,
      hasHistory: history !== undefined,
      examples: found.total === 0 ? await searchesForOwn(Session, session) : [],
    })
    // The URL alone proves nothing.
    const ended = query.get('ended')
    const hasEnded = ended !== null && (await readSession(Session, ended)) === undefined
    const content = html`${hasEnded && notice('1 session has ended.')} ${result}`
    return searchPage({ references, view, content, field: search.field, text: search.text })
  }

  const confirmEnd: Handler = async ({ session, query, view }) => {
    const search = parseSearch(Session, query)
    const id = query.get('id') ?? ''
    const token = await session.createCSRFToken()
    const values = await readSession(Session, id, fields)
    return confirmEndPage(view, search, { id, values, own: id === session.id }, token)
  }

  const end: Handler = async (request) => {
    const { ctx, query } = request
    const search = parseSearch(Session, query)
    const id = query.get('id') ?? ''
    if (id === ownId(request)) return redirect(ctx, `end?${search.query}&id=${id}`)
    await Session.revoke(id, { reason: REASON })
    redirect(ctx, `./?${search.query}&${new URLSearchParams({ ended: id }).toString()}`)
  }

  const confirmEndAll: Handler = async ({ session, query, view }) => {
    const search = parseSearch(Session, query)
    const token = await session.createCSRFToken()
    return confirmEndAllPage(view, search, await countSessions(Session, session, search), token)
  }

  const endAll: Handler = async (request) => {
    const { ctx, isAuthorized } = request
    const search = parseSearch(Session, request.query)
    const except = ownId(request)
    const job = jobs.start(
      except,
      search,
      ({ signal, onProgress, stop }) =>
        Session.revokeAll(search.field, search.value, {
          reason: REASON,
          except,
          signal,
          async onProgress(progress) {
            onProgress(progress)
            if (!(await isAuthorized())) stop()
          },
        }),
      reporter(ctx),
    )
    if (job === undefined) return ctx.throw(429)
    await redirectToJob(ctx, job)
  }

  const showJob: Handler = async ({ ctx, session, query, view }) => {
    const token = await session.createCSRFToken()
    const job = jobs.get(query.get('id') ?? '', session.id ?? '')
    if (job === undefined) return ctx.throw(404)
    if (job.state === 'running') {
      const policy = ctx.response.get('Content-Security-Policy')
      ctx.set('Content-Security-Policy', `${policy}; script-src 'self'; connect-src 'self'`)
    }
    return jobPage(view, job, token)
  }

  const stopJob: Handler = async (request) => {
    const { ctx, query } = request
    const job = jobs.get(query.get('id') ?? '', ownId(request))
    if (job === undefined) return ctx.throw(404)
    job.stop()
    await redirectToJob(ctx, job)
  }

  const showHistory =
    (given: History): Handler =>
    async ({ query, view }) => {
      const search = parseSearch(Session, query)
      const id = query.get('id') ?? undefined
      return historyPage(view, search, id, await readHistory(given, search, id))
    }

  const sendFile =
    (type: string, text: string): Handler =>
    async ({ ctx }) => {
      ctx.type = type
      ctx.body = text
    }

  return new Map<string, Route>([
    ['', { GET: showSearch }],
    ['end', { GET: confirmEnd, POST: end }],
    ['end-all', { GET: confirmEndAll, POST: endAll }],
    ['job', { GET: showJob, POST: stopJob }],
    ...(history === undefined ? [] : [['history', { GET: showHistory(history) }] as const]),
    ['icon.svg', { GET: sendFile('svg', ICON) }],
    ['style.css', { GET: sendFile('css', STYLE) }],
    ['live.js', { GET: sendFile('js', PROGRESS_SCRIPT) }],
  ])
}

/** The id of the operator's session, which these pages never end. */
function ownId({ ctx, session: { id } }: AdminRequest): string {
  // Unknown with a superseded cookie.
  return id ?? ctx.throw(401)
}

async function redirectToJob(ctx: Context, job: Job): Promise<void> {
  await Promise.race([job.finished, sleep(JOB_WAIT, undefined, { ref: false })])
  redirect(ctx, `job?id=${job.id}`)
}

/** 303 See Other: a reload does not send the form again. */
function redirect(ctx: Context, url: string): void {
  ctx.status = 303
  ctx.redirect(url)
}
