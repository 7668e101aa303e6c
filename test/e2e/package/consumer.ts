// What a strict application writes. Never run: test/e2e/package/package.test.ts compiles it against the installed
// package, as .mts, as .cts and for a bundler; `npm run types` compiles it against the sources.
import { Cluster, Redis } from 'ioredis'
import Koa from 'koa'
import { admin, type AdminOptions, type HistoryEntry } from '../../../src/admin/index.js'
import {
  type FoundSession,
  MemoryStore,
  type SessionContext,
  SessionError,
  sessions,
} from '../../../src/index.js'

const app = new Koa()
const client = new Redis()
const Session = sessions(app, {
  client,
  references: { user_id: {}, org_id: true, ip: { rotate: false } },
  maxAge: '28 days',
  absoluteMaxAge: 90 * 24 * 3600 * 1000,
  rolling: '1 day',
  sameSite: 'strict',
  secure: true,
})

// `ctx.session` has its type by `app.use(Session)` alone.
app.use(Session).use(async (ctx) => {
  const { id, user_id } = await ctx.session.get()
  const texts: (string | undefined)[] = [id, user_id]
  // @ts-expect-error: a field may be missing
  user_id.trim()
  await ctx.session.set({ user_id: 7, theme: 'dark', beta: true, big: 1n, old: null })
  // @ts-expect-error: Redis holds no arrays
  await ctx.session.set({ roles: ['admin'] })
  const visits: number = await ctx.session.increment('visits')
  const ended: number = await ctx.session.revokeOthers('user_id')
  const valid: boolean = await ctx.session.verifyCSRFToken(ctx.get('x-csrf-token'))
  await Session.revokeAll('user_id', 7, { except: ctx.session })
  // @ts-expect-error: where no session was read, there is no id to spare
  await Session.revokeAll('user_id', 7, { except: ctx.session.id })
  // @ts-expect-error: there is no such method
  await ctx.session.save()
  ctx.body = { texts, visits, ended, valid }
})

const operators: AdminOptions = {
  authorize: async (ctx) => (await ctx.session.peek(['role'])).role === 'operator',
  async *history({ field, value, id }): AsyncGenerator<HistoryEntry> {
    yield { at: Date.now(), event: 'signed-in', id, details: { [field]: value } }
  },
}
app.use(admin(Session, operators)).use(async (ctx) => {
  ctx.body = ctx.session.id
})
// @ts-expect-error: who may see it has to be said
admin(Session, { path: '/admin' })

// Routers have no `app.use` to learn the type from.
export async function show(ctx: SessionContext<typeof Session>): Promise<string | undefined> {
  return (await ctx.session.peek(['user_id'])).user_id
}

export async function list(userId: number): Promise<FoundSession[]> {
  const found: FoundSession[] = []
  for await (const session of Session.find('user_id', userId)) found.push(session)
  for (const { id } of found.slice(0, 1)) await Session.revokeAll('user_id', userId, { except: id })
  const ids: string[] = await client.smembers(Session.getReferenceKey('user_id', userId))
  const ended: boolean[] = await Promise.all(ids.map((id) => Session.revoke(id)))
  return ended.includes(false) ? [] : found
}

export function isOver(error: unknown): boolean {
  if (!(error instanceof SessionError)) return false
  // @ts-expect-error: there is no such code
  if (error.code === 'ERR_SESSION_OVER') return true
  return error.code === 'ERR_SESSION_REVOKED' && error.status === 401
}

sessions(app)
sessions(app, { store: new MemoryStore() })
sessions(app, { client: new Cluster([{ host: '127.0.0.1', port: 7000 }]), cluster: true })
// @ts-expect-error: the application is missing
sessions()
// @ts-expect-error: this is no application
sessions({}, { client })
// @ts-expect-error: a misspelt name
sessions(app, { cleint: client })
// @ts-expect-error: this is no client
sessions(app, { client: new Map<string, string>() })
// @ts-expect-error: this is the options of a client
sessions(app, { client: { host: '127.0.0.1', port: 6379 } })
// @ts-expect-error: a class is no store
sessions(app, { store: MemoryStore })
// @ts-expect-error: references are an object
sessions(app, { references: ['user_id'] })
// @ts-expect-error: a reference has no such option
sessions(app, { references: { user_id: { rotates: false } } })
// @ts-expect-error: a time is a number or a text
sessions(app, { maxAge: true })
// @ts-expect-error: no value of SameSite
sessions(app, { sameSite: 'sometimes' })
// @ts-expect-error: whether to sign is yes or no
sessions(app, { signed: 'yes' })
// @ts-expect-error: a search needs a value
Session.find('user_id')
// @ts-expect-error: an id is a text
void Session.revoke(7)

// An application with types of its own keeps them.
const own = new Koa<{ user: string }, { hello: number }>()
const Own = sessions(own, { client, references: { user_id: {} } })
own.use(Own).use(admin(Own, { authorize: (ctx) => ctx.state.user === 'root' }))
own.use(Own).use(async (ctx) => {
  await ctx.session.set({ hello: ctx.hello, user: ctx.state.user })
})
