/** A site whose pages are written in the test, and browsers that visit it. */
import Koa from 'koa'
import request from 'supertest'
import {
  MemoryStore,
  type Session,
  type SessionContext,
  type SessionMiddleware,
  type SessionOptions,
  sessions,
} from '../../src/index.js'
import { createId } from '../../src/store/token.js'
import { redis } from './clients/redis.js'

export type Context = Koa.ParameterizedContext<object, SessionContext<SessionMiddleware>>
type Page = (session: Session, ctx: Context) => unknown

export interface Answer<T> {
  status: number
  /** What the page returned; `undefined` if it threw. */
  value: T
  error: (Error & { code?: string }) | undefined
  /** The Set-Cookie headers. */
  setCookies: string[]
  headers: Readonly<Record<string, string | undefined>>
  text: string
}

export interface PostAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  readonly text: string
}

export interface Site {
  app: Koa
  Session: SessionMiddleware
  browser(): Browser
}

/** Where the site keeps its sessions: each test of a session is run on each. */
export const STORES: [string, () => Partial<SessionOptions>][] = [
  ['memory', () => ({ store: new MemoryStore() })],
  ['Redis', () => ({ client: redis() })],
  ['the Cluster protocol', () => ({ client: redis(), cluster: true })],
]

export function createSite(options: Partial<SessionOptions> = {}): Site {
  const app = new Koa()
  const Session = sessions(app, {
    store: options.client === undefined ? new MemoryStore() : undefined,
    references: { user_id: {}, org_id: {}, ip: { rotate: false } },
    prefix: `site-${createId()}`,
    // No test is about a machine that is busy.
    timeout: '30 seconds',
    ...options,
  } as SessionOptions)
  const pages = new Map<string, (ctx: Context) => Promise<void>>()
  app.silent = true
  app.use(Session).use(async (ctx) => {
    await pages.get(ctx.path)?.(ctx)
  })
  const callback = app.callback()

  return { app, Session, browser: () => new Browser(callback, pages) }
}

type Handler = (ctx: Context) => Promise<void>

export class Browser {
  /** The Cookie header it sends: by name. */
  readonly cookies = new Map<string, string>()
  readonly headers: Record<string, string> = {}
  readonly #callback: ReturnType<Koa['callback']>
  readonly #pages: Map<string, Handler>

  constructor(callback: ReturnType<Koa['callback']>, pages: Map<string, Handler>) {
    this.#callback = callback
    this.#pages = pages
  }

  /** The session's cookie that it holds. */
  get cookie(): string | undefined {
    return [...this.cookies.entries()].find(([name]) => name.endsWith('session-id'))?.[1]
  }

  /** The same cookies and headers in another browser: a parallel request, or a thief. */
  copy(): Browser {
    const copy = new Browser(this.#callback, this.#pages)
    for (const [name, value] of this.cookies) copy.cookies.set(name, value)
    Object.assign(copy.headers, this.headers)
    return copy
  }

  /** Opens a page, and takes the cookies of the answer. */
  async visit<P extends Page>(page: P): Promise<Answer<Awaited<ReturnType<P>>>> {
    const path = `/${createId()}`
    let value: unknown
    let error: Answer<unknown>['error']
    this.#pages.set(path, async (ctx) => {
      ctx.status = 204
      try {
        value = await page(ctx.session, ctx)
      } catch (thrown) {
        error = thrown as Error
        throw thrown
      }
    })
    const cookie = [...this.cookies].map(([name, text]) => `${name}=${text}`).join('; ')
    const answer = await request(this.#callback)
      .get(path)
      .set(cookie === '' ? this.headers : { ...this.headers, cookie })
    this.#pages.delete(path)
    const setCookies = ([] as string[]).concat(answer.headers['set-cookie'] ?? [])
    for (const header of setCookies) this.#take(header)
    return {
      status: answer.status,
      value: value as Awaited<ReturnType<P>>,
      error,
      setCookies,
      headers: answer.headers,
      text: answer.text,
    }
  }

  /** Sends POST to a path of an add-on, and takes the cookies of the answer. */
  async post(path: string, headers: Readonly<Record<string, string>>): Promise<PostAnswer> {
    const cookie = [...this.cookies].map(([name, text]) => `${name}=${text}`).join('; ')
    const own = cookie === '' ? this.headers : { ...this.headers, cookie }
    const answer = await request(this.#callback)
      .post(path)
      .set({ ...own, ...headers })
    for (const header of answer.headers['set-cookie'] ?? []) this.#take(header)
    const { status, body, text } = answer
    return { status, headers: answer.headers, body, text }
  }

  #take(header: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
    const expires = /; expires=([^;]+)/i.exec(header)?.[1]
    if (expires !== undefined && Date.parse(expires) <= Date.now()) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** In how many ms a Set-Cookie header's cookie expires; `undefined`: with the browser. */
export function expiresIn(header: string | undefined): number | undefined {
  const expires = /; expires=([^;]+)/i.exec(header ?? '')?.[1]
  return expires === undefined ? undefined : Date.parse(expires) - Date.now()
}
