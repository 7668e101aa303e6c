/** The application that the pages of the guide start from, with what is the reader's own. */
import { createRequire } from 'node:module'
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import { Cluster, Redis } from 'ioredis'
import Koa, { type DefaultState } from 'koa'
import { createClient } from 'redis'
import request from 'supertest'
import { afterAll, inject } from 'vitest'
import * as pages from '../../../src/admin/index.js'
import * as logout from '../../../src/back-channel-logout/index.js'
import * as devices from '../../../src/device-bound/index.js'
import * as api from '../../../src/index.js'
import * as passport from '../../../src/passport/index.js'
import { readSections, run } from './blocks.js'

const clients: { close(): unknown }[] = []
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
})

/** A client whose keys no other test has. */
export function connect(keyPrefix: string): Redis {
  const client = new Redis(inject('redisUrl'), { keyPrefix })
  clients.push({ close: () => client.disconnect() })
  return client
}

const load = createRequire(import.meta.url)

/** `require`, as in an application: this package, and a Redis that is not on its usual port. */
export function requireFor(keyPrefix: string): (name: string) => unknown {
  const packages: Record<string, () => unknown> = {
    'koa-redis-session-sets': () => Object.assign(api.sessions, api),
    'koa-redis-session-sets/admin': () => pages,
    'koa-redis-session-sets/back-channel-logout': () => logout,
    'koa-redis-session-sets/device-bound': () => devices,
    'koa-redis-session-sets/passport': () => passport,
    ioredis: () => ({
      Redis: function () {
        return connect(keyPrefix)
      },
      Cluster: function () {
        const cluster = new Cluster(inject('clusterNodes'), { keyPrefix })
        clients.push({ close: () => cluster.disconnect() })
        return cluster
      },
    }),
    redis: () => ({
      createClient() {
        const client = createClient({ url: inject('redisUrl'), keyPrefix })
        clients.push({ close: () => client.destroy() })
        return client
      },
    }),
  }
  return (name) => packages[name]?.() ?? load(name)
}

/** All that an iterable yields. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of iterable) all.push(one)
  return all
}

export interface Site {
  readonly app: Koa
  readonly Session: api.SessionMiddleware
  readonly client: Redis
  /** A visitor with cookies of its own. */
  agent(): ReturnType<typeof request.agent>
  /** A visitor who has signed in at `POST /sign-in`, which is no page's. */
  signedIn(user: string, values?: Record<string, string>): Promise<ReturnType<typeof request.agent>>
  /** Visitors of the same routes with another middleware of `sessions()`, as a page declares one. */
  visitorsOf(Session: api.SessionMiddleware): () => ReturnType<typeof request.agent>
  /** Runs the code under a heading; what it declares in `names` is in the result. */
  runSection(heading: string, names?: readonly string[]): Promise<Record<string, unknown>>
}

/** `page`: without folder and extension. `more`: further names that its code uses. */
export function openSite(
  page: string,
  options: api.SessionOptions = {},
  more: Record<string, unknown> = {},
): Site {
  const keyPrefix = `docs-${page}:`
  const client = connect(keyPrefix)
  const app = new Koa()
  const Session = api.sessions(app, { client, references: { user_id: {} }, ...options })
  const router = new Router<DefaultState, api.SessionContext<typeof Session>>()
  const mount = (on: Koa, middleware: api.SessionMiddleware): Koa => {
    on.silent = true
    on.use(middleware).use(bodyParser()).use(router.routes())
    return on
  }
  mount(app, Session)
  router.post('/sign-in', async (ctx) => {
    await ctx.session.signIn(ctx.request.body as api.FieldValues)
    ctx.status = 204
  })
  const sections = readSections(`docs/guide/${page}.md`)
  const scope = { app, client, router, Session, sessions: api.sessions, ...more }
  const agent = () => request.agent(app.callback())
  return {
    app,
    Session,
    client,
    agent,
    visitorsOf(other) {
      const server = mount(new Koa(), other).callback()
      return () => request.agent(server)
    },
    async signedIn(user, values = {}) {
      const visitor = agent()
      await visitor
        .post('/sign-in')
        .send({ user_id: user, ...values })
        .expect(204)
      return visitor
    },
    async runSection(heading, names = []) {
      const code = sections.get(heading)
      if (code === undefined) throw new Error(`${page} has no code under "${heading}"`)
      const all = { require: requireFor(keyPrefix), ...scope }
      return (await run(`${code}\nreturn { ${names.join(', ')} }`, all)) as Record<string, unknown>
    },
  }
}
