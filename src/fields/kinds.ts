/** The types of declared fields, with names that editors show and an application's functions can use. */
import type { Field } from './codec.js'

export type ValueOf<T> = T extends { decode(encoded: string): infer Value } ? Value : never
export type InputOf<T> = T extends { encode(value: infer Input): string } ? Input : never
export type AbsentOf<T> = T extends { absent(): infer Absent } ? Absent : never

/** A field with a default. */
export interface WithDefault<F extends Field> extends Field<
  F['kind'],
  ValueOf<F>,
  InputOf<F>,
  ValueOf<F>
> {
  default(value: InputOf<F>): WithDefault<F>
}

/** The type of `field.string()`. */
export interface StringField extends Field<'string', string, string, undefined> {
  default(value: string): WithDefault<StringField>
  optional(): StringField
}

/** The type of `field.number()`. */
export interface NumberField extends Field<'number', number, number, undefined> {
  default(value: number): WithDefault<NumberField>
  optional(): NumberField
}

/** The type of `field.boolean()`. */
export interface BooleanField extends Field<'boolean', boolean, boolean, undefined> {
  default(value: boolean): WithDefault<BooleanField>
  optional(): BooleanField
}

/** The type of `field.bigint()`. */
export interface BigIntField extends Field<'bigint', bigint, bigint, undefined> {
  default(value: bigint): WithDefault<BigIntField>
  optional(): BigIntField
}

/** The type of `field.date()`. */
export interface DateField extends Field<'date', Date, Date, undefined> {
  default(value: Date): WithDefault<DateField>
  optional(): DateField
}

/** The type of `field.json<Value>()`, and of `field.json(schema)` if the schema changes no type. */
export interface JsonField<Value> extends Field<'json', Value, Value, undefined> {
  default(value: Value): WithDefault<JsonField<Value>>
  optional(): JsonField<Value>
}

/** The type of `field.json(schema)` if the schema's output has another type than its input. */
export interface SchemaField<Output, Input> extends Field<'json', Output, Input, undefined> {
  default(value: Input): WithDefault<SchemaField<Output, Input>>
  optional(): SchemaField<Output, Input>
}

/** The type of `field.custom(codec)`. */
export interface CustomField<Value> extends Field<'custom', Value, Value, undefined> {
  default(value: Value): WithDefault<CustomField<Value>>
  optional(): CustomField<Value>
}
