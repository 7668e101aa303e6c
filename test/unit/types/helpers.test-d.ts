/**
 * Functions for any session, and for those with the fields that they need. Their return types are not
 * written out: an application that publishes them declares them by names of the package. Compiled by
 * `npm run types`.
 */
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import {
  type CounterName,
  field,
  type FieldInput,
  type FieldName,
  type Fields,
  type NumberField,
  type ReferenceName,
  type Session,
  type SessionMiddleware,
  sessions,
  type StringField,
  type WriteValues,
} from '../../../src/index.js'

export const app = new Koa()

export async function readAll<F extends Fields>(session: Session<F>) {
  return session.get()
}
export const peek = <F extends Fields, K extends FieldName<F>>(session: Session<F>, names: K[]) =>
  session.peek(names)
export async function rename<F extends { name: StringField }>(
  session: Session<F>,
  values: WriteValues<F>,
) {
  return session.set(values)
}
export const count = <F extends Fields>(session: Session<F>, name: CounterName<F>) =>
  session.increment(name)
export const find = <F extends Fields, K extends ReferenceName<F>>(
  Any: SessionMiddleware<F>,
  name: K,
  value: FieldInput<F, K>,
) => Any.find(name, value)
export const stored = <F extends Fields>(Any: SessionMiddleware<F>) => Any.store.get('x')
export const make = <const F extends Fields>(fields: F) => sessions(app, { fields })
export const userOf = async (session: Session<{ user_id: NumberField }>) =>
  (await session.get(['user_id'])).user_id
export const Small = sessions(app, {
  fields: { user_id: field.number(), name: field.string() },
  references: { user_id: {} },
})
export const typed = app.use(Small).use(async (ctx) => {
  expectTypeOf(await userOf(ctx.session)).toEqualTypeOf<number | undefined>()
  expectTypeOf((await readAll(ctx.session)).name).toEqualTypeOf<string | undefined>()
  await rename(ctx.session, { name: 'x' })
  expectTypeOf((await stored(Small)).name).toEqualTypeOf<string | undefined>()
  // @ts-expect-error a number is no name
  await rename(ctx.session, { name: 7 })
})
