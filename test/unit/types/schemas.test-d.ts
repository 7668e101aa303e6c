/** What the compiler takes over from schemas. Compiled by `npm run types`. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import * as v from 'valibot'
import { z } from 'zod'
import { field, sessions, type SessionValues, type StandardSchema } from '../../../src/index.js'

const app = new Koa()

const libraries = sessions(app, {
  fields: {
    zod: field.json(z.object({ a: z.number() })),
    valibot: field.json(v.object({ a: v.optional(v.number(), 1) })),
    arktype: field.json(type({ a: 'number', 'b?': 'string' })),
  },
})
type Libraries = SessionValues<typeof libraries>
expectTypeOf<Libraries['zod']>().toEqualTypeOf<{ a: number } | undefined>()
expectTypeOf<Libraries['valibot']>().toEqualTypeOf<{ a: number } | undefined>()
expectTypeOf<Libraries['arktype']>().toEqualTypeOf<{ a: number; b?: string } | undefined>()
expectTypeOf<StandardSchemaV1<string, number>>().toExtend<StandardSchema<string, number>>()

// A schema that takes anything may refuse `undefined`: it promises no default.
const cautious = sessions(app, {
  fields: {
    coerced: field.json(z.coerce.number()),
    dated: field.json(z.coerce.date()),
    prepared: field.json(z.preprocess((value) => value, z.string())),
    piped: field.json(v.pipe(v.unknown(), v.string())),
    unknown: field.json(z.unknown()),
    nullable: field.json(z.string().nullable()),
    optional: field.json(z.string().optional()),
    transformed: field.json(z.string().transform(Number)),
    prefaulted: field.json(z.string().default('7').transform(Number)),
  },
})
type Cautious = SessionValues<typeof cautious>
expectTypeOf<Cautious['coerced']>().toEqualTypeOf<number | undefined>()
expectTypeOf<Cautious['dated']>().toEqualTypeOf<Date | undefined>()
expectTypeOf<Cautious['prepared']>().toEqualTypeOf<string | undefined>()
expectTypeOf<Cautious['piped']>().toEqualTypeOf<string | undefined>()
expectTypeOf<Cautious['unknown']>().toEqualTypeOf<unknown>()
expectTypeOf<Cautious['nullable']>().toEqualTypeOf<string | null | undefined>()
expectTypeOf<Cautious['optional']>().toEqualTypeOf<string | undefined>()
expectTypeOf<Cautious['transformed']>().toEqualTypeOf<number | undefined>()
expectTypeOf<Cautious['prefaulted']>().toEqualTypeOf<number>()
await cautious.store.set('x', { transformed: '7', coerced: 'x', prefaulted: undefined })
// @ts-expect-error a text is written, though a number is read
await cautious.store.set('x', { transformed: 7 })
