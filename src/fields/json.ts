import { isDeepStrictEqual } from 'node:util'
import { wrongOption } from '../errors.js'
import { defineField, type Field, Unfit } from './codec.js'
import type { JsonField, SchemaField, WithDefault } from './kinds.js'
import { isJson } from './plain.js'

/**
 * What zod, valibot, arktype and others agree on: https://standardschema.dev, version 1. Written out,
 * so that an application needs no package for it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input']
type SchemaOutput<Schema extends StandardSchema> = NonNullable<
  Schema['~standard']['types']
>['output']

/** The field that checks a schema. */
export type FieldOf<Schema extends StandardSchema> = FieldOfTypes<
  SchemaInput<Schema>,
  SchemaOutput<Schema>
>
// A schema that takes anything (coerce, preprocess) may still refuse `undefined`: only one that names
// it tells that reads always have a value.
type FieldOfTypes<Input, Output> = [Input, Output] extends [Output, Input]
  ? JsonField<Output>
  : unknown extends Input
    ? SchemaField<Output, Input>
    : undefined extends Input
      ? WithDefault<SchemaField<Output, Input>>
      : SchemaField<Output, Input>

/**
 * A field of JSON text. What would come back as something else is refused.
 *
 * @throws `ERR_SESSION_OPTIONS` for what is no schema
 */
export function jsonField(...schemas: readonly unknown[]): Field<'json', unknown, unknown> {
  if (schemas.length === 0) return plainField()
  const [schema] = schemas
  if (isSchema(schema)) return schemaField(schema)
  throw wrongOption(
    'field.json(schema): this is no Standard Schema, as zod, valibot and arktype make them' +
      (typeof schema === 'function' ? ' (a function that has to be called?)' : ''),
  )
}

/** By what it can do: arktype's schemas are functions. */
function isSchema(value: unknown): value is StandardSchema {
  const standard = (value as Partial<StandardSchema> | null | undefined)?.['~standard']
  return typeof standard?.validate === 'function'
}

function plainField(): Field<'json', unknown, unknown> {
  return defineField('json', {
    encode(value) {
      if (isJson(value)) return toText(value)
      throw new Unfit('a value that JSON cannot say')
    },
    decode: parse,
  })
}

function schemaField(schema: StandardSchema): Field<'json', unknown, unknown> {
  const absent = tryValidate(schema, undefined)
  return defineField('json', {
    encode(value) {
      // Kept as it was given, and checked as it will be read.
      const json = isJson(value)
      const given = validate(schema, value)
      const text = toText(value)
      // A schema may turn text into a Date again. What JSON says as it is needs no such look, which
      // would refuse a default that is another one each time: an id, the time.
      if (json || same(given, validate(schema, JSON.parse(text)))) return text
      throw new Unfit('a value that its schema reads differently after JSON')
    },
    decode: (text) => validate(schema, parse(text)),
    // Validated each time, so that nobody changes a default for everybody.
    absent: () => (absent === undefined ? undefined : tryValidate(schema, undefined)),
  })
}

/** What `JSON.parse` says of a text that is none would quote it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Unfit('such a text')
  }
}

function toText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // A bigint.
  }
  if (text === undefined) throw new Unfit('a value that JSON cannot say')
  return text
}

function validate(schema: StandardSchema, value: unknown): unknown {
  const result = schema['~standard'].validate(value)
  // Any promise, also one of another realm or of a library's own.
  if ('then' in result) {
    Promise.resolve(result).catch(() => {})
    throw new Unfit('what a schema checks asynchronously')
  }
  if (result.issues === undefined) return result.value
  // The issues' messages may quote the value; where they are does not.
  const paths = result.issues.map(({ path = [] }) =>
    path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.'),
  )
  const places = [...new Set(paths.filter((path) => path !== ''))].join(', ')
  throw new Unfit(`what does not fit its schema${places === '' ? '' : ` (at ${places})`}`)
}

function tryValidate(schema: StandardSchema, value: unknown): unknown {
  try {
    return validate(schema, value)
  } catch {
    return undefined
  }
}

/** Whether two results are the same, but for what is undefined: JSON leaves that out. */
function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutUndefined(one), withoutUndefined(other))
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (Object.prototype.toString.call(value) !== '[object Object]') return value
  const entries = Object.entries(value as object).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.map(([name, each]) => [name, withoutUndefined(each)]))
}
