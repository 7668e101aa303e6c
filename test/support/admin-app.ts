/** An application with the operator's page, and browsers without scripts that visit it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { onTestFinished } from 'vitest'
import { admin, type AdminOptions } from '../../src/admin/index.js'
import {
  MemoryStore,
  type SessionMiddleware,
  type SessionOptions,
  sessions,
} from '../../src/index.js'
import { createId } from '../../src/store/token.js'
import { redis } from './clients/redis.js'

export const STORES: [string, () => Partial<SessionOptions>][] = [
  ['memory', () => ({ store: new MemoryStore() })],
  ['Redis', () => ({ client: redis() })],
]

export interface Site {
  readonly app: Koa
  readonly Session: SessionMiddleware
  readonly origin: string
  /** What the application's log was told. */
  readonly errors: unknown[]
  browser(): Browser
  /** A browser that is signed in, as an operator if nothing else is said. */
  signedIn(values?: Record<string, string>): Promise<Browser>
}

interface Parts {
  readonly options?: Partial<SessionOptions>
  /** Those of the page: operators are authorised if nothing else is said. */
  readonly page?: Partial<AdminOptions>
  /** Comes before all others. */
  readonly before?: Koa.Middleware
  /** What the page is given in place of Session. */
  readonly wrap?: (Session: SessionMiddleware) => SessionMiddleware
}

export async function createSite({ options, page, before, wrap }: Parts = {}): Promise<Site> {
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const Session = sessions(app, {
    references: { user_id: {}, ip: { rotate: false } },
    prefix: `admin-${createId()}`,
    // No test is about a machine that is busy.
    timeout: '30 seconds',
    ...options,
  })
  if (before !== undefined) app.use(before)
  app.use(Session)
  app.use(
    admin(wrap?.(Session) ?? Session, {
      authorize: async (ctx) => (await ctx.session.peek(['role'])).role === 'operator',
      ...page,
    }),
  )
  app.use(async (ctx) => {
    if (ctx.path === '/sign-in') {
      await ctx.session.set(Object.fromEntries(new URLSearchParams(ctx.querystring)))
      ctx.body = ctx.session.id
    }
    if (ctx.path === '/who') ctx.body = await ctx.session.peek()
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = (): Browser => new Browser(origin)
  const signedIn = async (values = { role: 'operator' }): Promise<Browser> => {
    const visitor = browser()
    await visitor.open(`/sign-in?${query(values)}`)
    visitor.id = visitor.text
    return visitor
  }
  return { app, Session, origin, errors, browser, signedIn }
}

/** It keeps cookies, follows redirects, and sends the forms of the page that it shows. */
export class Browser {
  cookie: string | undefined
  url: URL
  status = 0
  text = ''
  headers = new Headers()
  /** The id of its session, where it was signed in. */
  id = ''

  constructor(origin: string) {
    this.url = new URL(origin)
  }

  /** Opens an address, relative to the page it shows. */
  async open(address: string, init: RequestInit = {}): Promise<this> {
    this.url = new URL(address, this.url)
    const answer = await fetch(this.url, {
      ...init,
      headers: {
        ...(this.cookie !== undefined && { cookie: this.cookie }),
        ...(init.headers as Record<string, string>),
      },
      redirect: 'manual',
    })
    const [cookie] = answer.headers.getSetCookie()
    if (cookie !== undefined) this.cookie = cookie.split(';')[0]
    this.status = answer.status
    this.headers = answer.headers
    this.text = await answer.text()
    const location = answer.headers.get('location')
    return location === null ? this : this.open(location)
  }

  post(address: string, fields: Record<string, string>): Promise<this> {
    return this.open(address, { method: 'POST', body: new URLSearchParams(fields) })
  }

  /** Sends the form whose action begins like that; of several, the one with that text in it. */
  submit(action: string, text = ''): Promise<this> {
    const form = this.forms().find(
      (one) => one.action.startsWith(action) && one.html.includes(text),
    )
    if (form === undefined) throw new Error(`no form ${action} on the page: ${this.text}`)
    return this.post(form.action, form.fields)
  }

  forms(): { action: string; html: string; fields: Record<string, string> }[] {
    return [...this.text.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, tag, html]) => {
      const inputs = [...html!.matchAll(/name="([^"]*)" value="([^"]*)"/g)]
      return {
        action: decode(/action="([^"]*)"/.exec(tag!)?.[1] ?? ''),
        html: html!,
        fields: Object.fromEntries(inputs.map(([, name, value]) => [name, decode(value!)])),
      }
    })
  }

  /** A CSRF token of its session. */
  async token(): Promise<string> {
    await this.open('/admin/end-all?field=ip&value=token')
    const [form] = this.forms()
    return form === undefined ? '' : form.fields['csrf']!
  }

  /** What a person reads below the header: without tags, in one line. */
  get words(): string {
    const body = this.text.replace(/^[\s\S]*<main>/, '').replaceAll(/<[^>]*>/g, ' ')
    return decode(body).replaceAll(/\s+/g, ' ').trim()
  }

  /** Its session, as the application sees it. */
  async who(): Promise<Record<string, string>> {
    const answer = await fetch(new URL('/who', this.url), {
      headers: { cookie: this.cookie ?? '' },
    })
    return (await answer.json()) as Record<string, string>
  }
}

function decode(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}

export function query(values: Record<string, string>): string {
  return new URLSearchParams(values).toString()
}

/** Makes sessions without a browser. */
export async function fill(
  Session: SessionMiddleware,
  count: number,
  values: Record<string, string>,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => Session.store.createSessionId())
  await Promise.all(ids.map((id) => Session.store.set(id, values)))
  return ids
}
