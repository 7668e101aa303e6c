import { isDeepStrictEqual } from 'node:util'
import { defineField, type Field, Unfit } from './codec.js'

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

export type InputOf<Schema extends StandardSchema> = NonNullable<
  Schema['~standard']['types']
>['input']
export type OutputOf<Schema extends StandardSchema> = NonNullable<
  Schema['~standard']['types']
>['output']

/** A field of JSON text. What would come back as something else is refused. */
export function jsonField(schema?: StandardSchema): Field<'json', unknown, unknown> {
  return schema === undefined ? plainField() : schemaField(schema)
}

function plainField(): Field<'json', unknown, unknown> {
  return defineField('json', {
    encode(value) {
      const text = toText(value)
      if (isDeepStrictEqual(JSON.parse(text), value)) return text
      throw new Unfit('a value that JSON cannot say')
    },
    decode: (text): unknown => JSON.parse(text),
  })
}

function schemaField(schema: StandardSchema): Field<'json', unknown, unknown> {
  const absent = tryValidate(schema, undefined)
  return defineField('json', {
    encode(value) {
      // Kept as it was given, and checked as it will be read: a schema may turn text into a Date.
      const given = validate(schema, value)
      const text = toText(value)
      const read = validate(schema, JSON.parse(text))
      if (isDeepStrictEqual(withoutUndefined(given), withoutUndefined(read))) return text
      throw new Unfit('a value that its schema reads differently after JSON')
    },
    decode: (text) => validate(schema, JSON.parse(text)),
    // Validated each time, so that nobody changes a default for everybody.
    absent: () => (absent === undefined ? undefined : tryValidate(schema, undefined)),
  })
}

function toText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    // A bigint, or an object that holds itself.
  }
  if (text === undefined) throw new Unfit('a value that JSON cannot say')
  return text
}

function validate(schema: StandardSchema, value: unknown): unknown {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    result.catch(() => {})
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

/** JSON leaves out what is undefined, and to a schema that is the same. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (Object.prototype.toString.call(value) !== '[object Object]') return value
  const entries = Object.entries(value as object).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.map(([name, each]) => [name, withoutUndefined(each)]))
}
