/** The kinds of fields by name: what an editor shows of a declaration, and what helpers can take. */
import type { Field } from './codec.js'

export type ValueOf<T> = T extends { decode(text: string): infer Value } ? Value : never
export type InputOf<T> = T extends { encode(value: infer Input): string } ? Input : never
export type AbsentOf<T> = T extends { absent(): infer Absent } ? Absent : never

/** A field with a value for sessions that do not have it. */
export interface WithDefault<F extends Field> extends Field<
  F['kind'],
  ValueOf<F>,
  InputOf<F>,
  ValueOf<F>
> {
  default(value: InputOf<F>): WithDefault<F>
}

/** What `field.string()` makes. */
export interface StringField extends Field<'string', string, string, undefined> {
  default(value: string): WithDefault<StringField>
  optional(): StringField
}

/** What `field.number()` makes. */
export interface NumberField extends Field<'number', number, number, undefined> {
  default(value: number): WithDefault<NumberField>
  optional(): NumberField
}

/** What `field.boolean()` makes. */
export interface BooleanField extends Field<'boolean', boolean, boolean, undefined> {
  default(value: boolean): WithDefault<BooleanField>
  optional(): BooleanField
}

/** What `field.bigint()` makes. */
export interface BigIntField extends Field<'bigint', bigint, bigint, undefined> {
  default(value: bigint): WithDefault<BigIntField>
  optional(): BigIntField
}

/** What `field.date()` makes. */
export interface DateField extends Field<'date', Date, Date, undefined> {
  default(value: Date): WithDefault<DateField>
  optional(): DateField
}

/** What `field.json<Value>()` makes, and `field.json(schema)` where the schema changes no types. */
export interface JsonField<Value> extends Field<'json', Value, Value, undefined> {
  default(value: Value): WithDefault<JsonField<Value>>
  optional(): JsonField<Value>
}

/** What `field.json(schema)` makes of a schema that reads something else than is written. */
export interface SchemaField<Output, Input> extends Field<'json', Output, Input, undefined> {
  default(value: Input): WithDefault<SchemaField<Output, Input>>
  optional(): SchemaField<Output, Input>
}

/** What `field.custom(codec)` makes. */
export interface CustomField<Value> extends Field<'custom', Value, Value, undefined> {
  default(value: Value): WithDefault<CustomField<Value>>
  optional(): CustomField<Value>
}
