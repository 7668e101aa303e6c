/**
 * An application that declares its fields, as a stranger would write it, with its mistakes. Compiled
 * here against the sources, and against the packed tarball with several versions of TypeScript.
 */
import { Redis } from 'ioredis'
import Koa from 'koa'
import { z } from 'zod'
import { admin } from '../../../src/admin/index.js'
import { field, type SessionContext, sessions, type SessionValues } from '../../../src/index.js'

interface CartItem {
  sku: string
  count: number
}

const app = new Koa()
const client = new Redis()
const preferencesSchema = z.object({ theme: z.enum(['light', 'dark']) })

const Session = sessions(app, {
  client,
  fields: {
    user_id: field.number(),
    name: field.string(),
    seen: field.date(),
    admin: field.boolean(),
    big: field.bigint(),
    cart: field.json<CartItem[]>(),
    preferences: field.json(preferencesSchema),
  },
  references: { user_id: {}, name: { rotate: false } },
})

app.use(Session).use(async (ctx) => {
  const { user_id, cart, preferences } = await ctx.session.get()
  const user: number | undefined = user_id
  const items: CartItem[] | undefined = cart
  const theme: 'light' | 'dark' | undefined = preferences?.theme
  await ctx.session.set({ seen: new Date() })
  // @ts-expect-error a text is no date
  await ctx.session.set({ seen: 'x' })
  // @ts-expect-error a name that is not declared
  await ctx.session.set({ sean: new Date() })
  // @ts-expect-error a field that is not declared
  await ctx.session.get(['sean'])
  // @ts-expect-error a field that was not asked for
  void (await ctx.session.get(['name'])).user_id
  // @ts-expect-error a text does not count
  await ctx.session.increment('name')
  // @ts-expect-error JSON is no reference
  await ctx.session.revokeOthers('cart')
  ctx.body = { user, items, theme, visits: await ctx.session.increment('user_id') }
})

// What `app.use` returns knows it too, for who does not go on with a chain.
const typed = app.use(Session)
typed.use(async (ctx) => {
  // @ts-expect-error a text is no date
  await ctx.session.set({ seen: 'x' })
})

export async function signOut(): Promise<number> {
  // @ts-expect-error a text is no number
  await Session.revokeAll('user_id', '7')
  return Session.revokeAll('user_id', 7)
}

app.use(admin(Session, { authorize: async (ctx) => (await ctx.session.peek()).admin === true }))

export type Context = SessionContext<typeof Session>

export function greet({ name }: SessionValues<typeof Session>): string {
  return name ?? 'stranger'
}
