/** `SessionContext`, and names beside `const Session`. */
import { Router } from '@koa/router'
import { expectTypeOf } from 'expect-type'
import Koa, { type DefaultState } from 'koa'
import {
  field,
  type FoundSession,
  type Session as SessionType,
  type SessionContext,
  sessions,
} from '../../../src/index.js'
import type { SessionsById as ById } from '../../../src/index.js'
import type { Session } from '../../../src/index.js'

const app = new Koa()
// An import of the type does not clash with the constant.
const Session = sessions(app, { fields: { user_id: field.number() }, references: { user_id: {} } })

export function page(ctx: SessionContext<typeof Session>): void {
  if (ctx.method !== 'GET') ctx.throw(405)
  expectTypeOf(ctx.ip).toEqualTypeOf<string>()
  ctx.state['anything'] = 1
  ctx.set('x-a', 'b')
  ctx.body = 'x'
  // @ts-expect-error: no such property
  ctx.sesion.get()
}

interface State {
  user: string
}
const router = new Router<State, SessionContext<typeof Session, State>>()
router.get('/', async (ctx) => {
  expectTypeOf(ctx.state.user).toEqualTypeOf<string>()
  expectTypeOf((await ctx.session.peek()).user_id).toEqualTypeOf<number | undefined>()
  page(ctx)
})
const plain = new Router<DefaultState, SessionContext<typeof Session>>()
plain.get('/', (ctx) => page(ctx))
app.use(Session).use(router.routes()).use(plain.routes())

declare const ctx: Koa.Context
Session.createSession(ctx)
page(Object.assign(ctx, { session: Session.createSession(ctx) }))

export type Used = [FoundSession, SessionType, ById, Session]
