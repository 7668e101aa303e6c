/** What the compiler knows of ctx.session from one declaration. Compiled by `npm run types`. */
import { expectTypeOf } from 'expect-type'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { Router } from '@koa/router'
import { z } from 'zod'
import { admin } from '../../../src/admin/index.js'
import {
  field,
  type Session,
  type SessionContext,
  sessions,
  type SessionValues,
} from '../../../src/index.js'

interface CartItem {
  sku: string
  count: number
}

const preferences = z.object({ theme: z.enum(['light', 'dark']), since: z.coerce.date() })
const app = new Koa()
const client = new Redis()

const Sessions = sessions(app, {
  client,
  fields: {
    user_id: field.number(),
    name: field.string(),
    seen: field.date(),
    admin: field.boolean().default(false),
    big: field.bigint(),
    cart: field.json<CartItem[]>(),
    basket: field.json<CartItem[]>().default([]),
    preferences: field.json(preferences),
    tags: field.json(z.array(z.string()).default([])),
    point: field.custom<{ x: number; y: number }>({
      encode: ({ x, y }) => `${x},${y}`,
      decode: (text) => {
        const [x = 0, y = 0] = text.split(',').map(Number)
        return { x, y }
      },
    }),
  },
  references: { user_id: {}, name: { rotate: false } },
})

app.use(Sessions).use(async (ctx) => {
  const session = await ctx.session.get()
  expectTypeOf(session.id).toEqualTypeOf<string | undefined>()
  expectTypeOf(session.user_id).toEqualTypeOf<number | undefined>()
  expectTypeOf(session.name).toEqualTypeOf<string | undefined>()
  expectTypeOf(session.seen).toEqualTypeOf<Date | undefined>()
  expectTypeOf(session.admin).toEqualTypeOf<boolean>()
  expectTypeOf(session.big).toEqualTypeOf<bigint | undefined>()
  expectTypeOf(session.cart).toEqualTypeOf<CartItem[] | undefined>()
  expectTypeOf(session.basket).toEqualTypeOf<CartItem[]>()
  expectTypeOf(session.preferences).toEqualTypeOf<
    { theme: 'light' | 'dark'; since: Date } | undefined
  >()
  expectTypeOf(session.tags).toEqualTypeOf<string[]>()
  expectTypeOf(session.point).toEqualTypeOf<{ x: number; y: number } | undefined>()
  // @ts-expect-error not declared
  expectTypeOf(session.nobody)

  const some = await ctx.session.get(['user_id', 'admin'])
  expectTypeOf(some).toEqualTypeOf<{ readonly id?: string; user_id?: number; admin: boolean }>()
  const one = await ctx.session.peek('name')
  expectTypeOf(one).toEqualTypeOf<{ readonly id?: string; name?: string }>()
  // @ts-expect-error not asked for
  expectTypeOf(one.user_id)
  // @ts-expect-error not declared
  await ctx.session.get(['nobody'])

  await ctx.session.set({ seen: new Date(), user_id: 7, name: null, admin: undefined, big: 1n })
  await ctx.session.set({ preferences: { theme: 'dark', since: '2026-11-23' } }, '1 day')
  // @ts-expect-error a text is no date
  await ctx.session.set({ seen: 'x' })
  // @ts-expect-error not declared
  await ctx.session.set({ nobody: 1 })
  // @ts-expect-error a text is no number
  await ctx.session.set({ user_id: '7' })
  // @ts-expect-error a number is no bigint
  await ctx.session.set({ big: 1 })
  // @ts-expect-error not of the schema
  await ctx.session.set({ preferences: { theme: 'blue', since: '2026-11-23' } })
  // @ts-expect-error not of the type
  await ctx.session.set({ cart: [{ sku: 1, count: 1 }] })
  // @ts-expect-error what was read has the session's id
  await ctx.session.set({ ...session, name: 'x' })
  // @ts-expect-error what was read has the session's id
  await ctx.session.set(session)
  const { id: _id, ...values } = session
  await ctx.session.set({ ...values, preferences: undefined })

  await ctx.session.unset(['cart', 'seen'])
  // @ts-expect-error not declared
  await ctx.session.unset('nobody')

  expectTypeOf(await ctx.session.increment('user_id')).toEqualTypeOf<number>()
  expectTypeOf(await ctx.session.increment('big', 2n)).toEqualTypeOf<bigint>()
  // @ts-expect-error a text does not count
  await ctx.session.increment('name')
  // @ts-expect-error JSON does not count
  await ctx.session.increment('cart')

  expectTypeOf(await ctx.session.revokeOthers('user_id')).toEqualTypeOf<number>()
  // @ts-expect-error JSON is no reference
  await ctx.session.revokeOthers('cart')
  // @ts-expect-error not declared
  await ctx.session.revokeOthers('nobody')
  await Sessions.revokeAll('user_id', 7, { except: ctx.session })
})

for await (const { id, values, createdAt } of Sessions.find('user_id', 7)) {
  expectTypeOf(id).toEqualTypeOf<string>()
  expectTypeOf(createdAt).toEqualTypeOf<Date>()
  expectTypeOf(values.user_id).toEqualTypeOf<number | undefined>()
  expectTypeOf(values.admin).toEqualTypeOf<boolean>()
  // @ts-expect-error not declared
  expectTypeOf(values.nobody)
}
await Sessions.revokeAll('name', 'x')
const [reference] = Sessions.references
expectTypeOf(Sessions.references).toExtend<readonly string[]>()
// @ts-expect-error not declared
if (reference === 'nobody') void reference
// @ts-expect-error it cannot be changed
Sessions.references.push('name')

app.use(Sessions).use(
  admin(Sessions, {
    async authorize(ctx) {
      // @ts-expect-error not declared
      await ctx.session.peek(['role'])
      return (await ctx.session.peek(['admin'])).admin
    },
  }),
)
// @ts-expect-error authorize is missing
admin(Sessions, {})
admin(Sessions, { authorize: () => true, fields: ['user_id', 'seen'], back: '/' })
// @ts-expect-error not declared
admin(Sessions, { authorize: () => true, fields: ['nothing'] })
admin(Sessions, {
  authorize: () => true,
  labels: { user_id: 'Account', cart: 'Cart' },
  format: {
    cart(cart) {
      expectTypeOf(cart).toEqualTypeOf<CartItem[]>()
      return `${cart.length} items`
    },
    seen(seen) {
      expectTypeOf(seen).toEqualTypeOf<Date>()
      return seen.toDateString()
    },
  },
})
admin(sessions(app), {
  authorize: () => true,
  labels: { anything: 'Anything' },
  format: {
    anything(value) {
      expectTypeOf(value).toEqualTypeOf<string>()
      return value
    },
  },
})
// @ts-expect-error not declared
admin(Sessions, { authorize: () => true, labels: { nothing: 'Nothing' } })
// @ts-expect-error not declared
admin(Sessions, { authorize: () => true, format: { nothing: String } })
// @ts-expect-error no string
admin(Sessions, { authorize: () => true, format: { seen: (seen) => seen } })
// @ts-expect-error no option
admin(Sessions, { authorize: () => true, show: [] })
// @ts-expect-error neither yes nor no
admin(Sessions, { authorize: () => 'yes' })
// @ts-expect-error an application is no Session
admin(app, { authorize: () => true })

await Sessions.count('big', 1n, { signal: new AbortController().signal })
await Sessions.revokeAll('user_id', 7, {
  signal: undefined,
  onProgress: async ({ ended, seen, total }) => {
    expectTypeOf([ended, seen, total]).toEqualTypeOf<number[]>()
  },
})
// @ts-expect-error only revokeAll tells how far it is
await Sessions.count('big', 1n, { onProgress: () => {} })
Sessions.getReferenceKey('seen', new Date())
// @ts-expect-error a text is no number
Sessions.find('user_id', '7')
// @ts-expect-error a text is no number
await Sessions.revokeAll('user_id', '7')
// @ts-expect-error not declared
await Sessions.count('nobody', 1)
// @ts-expect-error JSON is no reference
Sessions.getReferenceKey('cart', [])

const { store } = Sessions
expectTypeOf((await store.get('x')).user_id).toEqualTypeOf<number | undefined>()
// Where there is no such session, there is no default either.
expectTypeOf((await store.get('x')).admin).toEqualTypeOf<boolean | undefined>()
expectTypeOf(await store.get('x', ['admin'])).toEqualTypeOf<{ id?: string; admin?: boolean }>()
expectTypeOf(await store.get('x', ['name'])).toEqualTypeOf<{ id?: string; name?: string }>()
await store.set('x', { user_id: 7 }, '1 day')
await store.unset('x', ['cart'])
// @ts-expect-error a text is no number
await store.set('x', { user_id: '7' })
// @ts-expect-error not declared
await store.unset('x', ['nobody'])

type Values = SessionValues<typeof Sessions>
expectTypeOf<Values['user_id']>().toEqualTypeOf<number | undefined>()
expectTypeOf<Values['basket']>().toEqualTypeOf<CartItem[]>()
const greet = ({ name }: Values): string => name ?? 'stranger'

const router = new Router<Koa.DefaultState, SessionContext<typeof Sessions>>()
router.get('/', async (ctx) => {
  ctx.body = greet(await ctx.session.get())
  // @ts-expect-error not declared
  await ctx.session.set({ nobody: 1 })
})

sessions(app, {
  client,
  fields: { cart: field.json<CartItem[]>(), user_id: field.number() },
  // @ts-expect-error JSON is no reference
  references: { cart: {} },
})
sessions(app, {
  client,
  fields: { user_id: field.number() },
  // @ts-expect-error not declared
  references: { nobody: {} },
})
// @ts-expect-error no field
sessions(app, { client, fields: { user_id: 'number' } })

const cart = field.json<CartItem[]>()
// @ts-expect-error JSON has more than one text for a value
sessions(app, { client, fields: { cart, user_id: field.number() }, references: { cart: {} } })
// @ts-expect-error also where there is no other field
sessions(app, { client, fields: { cart }, references: { cart: {} } })
// @ts-expect-error not declared
sessions(app, { client, fields: { user_id: field.number() }, references: { name: {} } })

sessions(app, { client, references: { user_id: { max: 5, onMax: 'refuse' } } })
// @ts-expect-error it is 'evict-oldest' or 'refuse'
sessions(app, { client, references: { user_id: { max: 5, onMax: 'evict' } } })
// @ts-expect-error a number
sessions(app, { client, references: { user_id: { max: '5' } } })

// Without a declaration: any name; texts come back.
const Untyped = sessions(app, { client, references: { user_id: {}, ip: { rotate: false } } })
app.use(Untyped).use(async (ctx) => {
  expectTypeOf(ctx.session).toEqualTypeOf<Session>()
  const { id, anything } = await ctx.session.get()
  expectTypeOf(id).toEqualTypeOf<string | undefined>()
  expectTypeOf(anything).toEqualTypeOf<string | undefined>()
  await ctx.session.set({ a: 1, b: 'x', c: true, d: 1n, e: null, f: undefined })
  // @ts-expect-error a date is refused unless it is declared
  await ctx.session.set({ a: new Date() })
  // @ts-expect-error an array is refused
  await ctx.session.set({ a: ['x'] })
  // @ts-expect-error what was read has the session's id
  await ctx.session.set({ ...(await ctx.session.get()), a: 1 })
  expectTypeOf(await ctx.session.increment('n')).toEqualTypeOf<number>()
})
expectTypeOf(Untyped.references).toEqualTypeOf<readonly string[]>()
app.use(
  admin(Untyped, {
    authorize: async (ctx) => (await ctx.session.peek()).role === 'x',
    fields: ['anything'],
  }),
)
expectTypeOf<SessionValues<typeof Untyped>['x']>().toEqualTypeOf<string | undefined>()
// @ts-expect-error an object is no value
await Untyped.revokeAll('user_id', {})
