// What an application writes that TypeScript 5 compiles to CommonJS as it does by itself, without
// `esModuleInterop`. Never run: test/e2e/package/package.test.ts compiles it against the installed package.
import Koa = require('koa')
import { Redis } from 'ioredis'
import { admin } from '../../../src/admin/index.js'
import { field, type SessionContext, sessions } from '../../../src/index.js'

const app = new Koa()
const Session = sessions(app, {
  client: new Redis(),
  fields: { user_id: field.number(), seen: field.date() },
  references: { user_id: {} },
})

app.use(Session).use(async (ctx) => {
  const { user_id } = await ctx.session.get()
  const user: number | undefined = user_id
  // @ts-expect-error: a text is no date
  await ctx.session.set({ seen: 'x' })
  // @ts-expect-error: there is no such method
  await ctx.session.save()
  ctx.body = { user }
})

app.use(Session).use(
  admin(Session, {
    // @ts-expect-error: a field that is not declared
    authorize: async (ctx) => (await ctx.session.peek(['role'])).user_id === 1,
  }),
)
// @ts-expect-error: this is no application
sessions(7)

export type Context = SessionContext<typeof Session>
