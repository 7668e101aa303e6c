import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'koa'
import type { Form } from './form.js'
import { html } from './html.js'
import { Jobs } from './jobs.js'
import { notice, type Page } from './layout.js'
import { SCRIPT } from './live.js'
import { confirmOnePage, confirmPage, examples, jobPage, listing, searchPage } from './pages.js'
import {
  type AnySession,
  type AnySessions,
  count,
  list,
  ownSearches,
  readOne,
  readSearch,
} from './search.js'
import { STYLE } from './style.js'

/** A request of somebody who is authorised; a POST has shown its CSRF token. */
export interface Visit {
  readonly ctx: Context
  /** The operator's own. */
  readonly session: AnySession
  readonly query: URLSearchParams
  readonly form: Form
}

/** What is returned is shown. */
type Handler = (visit: Visit) => Promise<Page | void>

/** What an address does, by method. Only what a POST does changes anything. */
export interface Route {
  readonly GET?: Handler
  readonly POST?: Handler
}

/** In ms: a small set is done before the answer, and its page says so at once. */
const PATIENCE = 300

/**
 * The routes, by the name after the path.
 *
 * @param fields - the names of those that are shown; all, if there are none
 */
export function createRoutes(
  Session: AnySessions,
  fields: readonly string[] | undefined,
): ReadonlyMap<string, Route> {
  const { references } = Session
  const jobs = new Jobs()

  const showSearch: Handler = async ({ session, query }) => {
    if (!query.has('field')) {
      return searchPage({ references, content: examples(await ownSearches(Session, session)) })
    }
    const search = readSearch(Session, query)
    // Whoever was let in by something else may have a session all the same, which is to be marked.
    if (session.id === undefined) await session.peek([])
    const found = listing(search, await list(Session, session, search, fields), session.id)
    // By what is there, and not by what the address says.
    const ended = query.get('ended')
    const gone = ended !== null && (await readOne(Session, ended)) === undefined
    const content = html`${gone && notice('1 session has ended.')} ${found}`
    return searchPage({ references, content, field: search.field, text: search.text })
  }

  const confirmOne: Handler = async ({ session, query }) => {
    const search = readSearch(Session, query)
    const id = query.get('id') ?? ''
    const token = await session.createCSRFToken()
    const values = await readOne(Session, id, fields)
    return confirmOnePage(search, { id, values, own: id === session.id }, token)
  }

  const endOne: Handler = async (visit) => {
    const { ctx, query } = visit
    const search = readSearch(Session, query)
    const id = query.get('id') ?? ''
    if (id === ownId(visit)) return goTo(ctx, `end?${search.query}&id=${id}`)
    await Session.revoke(id)
    goTo(ctx, `./?${search.query}&${new URLSearchParams({ ended: id }).toString()}`)
  }

  const confirm: Handler = async ({ session, query }) => {
    const search = readSearch(Session, query)
    const token = await session.createCSRFToken()
    return confirmPage(search, await count(Session, session, search), token)
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
    // The only page with a script.
    if (job.state === 'running') {
      const policy = ctx.response.get('Content-Security-Policy')
      ctx.set('Content-Security-Policy', `${policy}; script-src 'self'; connect-src 'self'`)
    }
    return jobPage(job, token)
  }

  const stopJob: Handler = async (visit) => {
    const { ctx, query } = visit
    const job = jobs.get(query.get('id') ?? '', ownId(visit))
    if (job === undefined) return ctx.throw(404)
    job.stop()
    await Promise.race([job.over, sleep(PATIENCE, undefined, { ref: false })])
    goTo(ctx, `job?id=${job.id}`)
  }

  const sendFile =
    (type: string, text: string): Handler =>
    async ({ ctx }) => {
      ctx.type = type
      ctx.body = text
    }

  return new Map<string, Route>([
    ['', { GET: showSearch }],
    ['end', { GET: confirmOne, POST: endOne }],
    ['end-all', { GET: confirm, POST: endAll }],
    ['job', { GET: showJob, POST: stopJob }],
    ['style.css', { GET: sendFile('css', STYLE) }],
    ['live.js', { GET: sendFile('js', SCRIPT) }],
  ])
}

/** The id of the operator's session, which nothing here ends. */
function ownId({ ctx, session: { id } }: Visit): string {
  // With a cookie that was replaced a moment ago nobody can tell which session must stay.
  return id ?? ctx.throw(401)
}

/** So that a reload sends no form again. */
function goTo(ctx: Context, address: string): void {
  ctx.status = 303
  ctx.redirect(address)
}
