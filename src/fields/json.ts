import { isDeepStrictEqual } from 'node:util'
import { optionsError } from '../errors.js'
import { defineField, type Field, InvalidValueError } from './codec.js'
import type { JsonField, SchemaField, WithDefault } from './kinds.js'
import { isJson } from './is-json.js'

/**
 * A schema of zod, valibot, arktype or another library: https://standardschema.dev, version 1. Copied
 * here to save a dependency.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The property that such libraries define on their schemas. */
  readonly '~standard': {
    /** The version of the Standard Schema specification. */
    readonly version: 1
    /** The library's name. */
    readonly vendor: string
    /** Returns the output, or the issues. A promise is refused: fields are encoded and decoded synchronously. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    /** For type inference only. */
    readonly types?:
      | {
          /** What writes take. */
          readonly input: Input
          /** What reads return. */
          readonly output: Output
        }
      | undefined
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

/** The type of `field.json(schema)`. */
export type FieldOf<Schema extends StandardSchema> = FieldOfTypes<
  SchemaInput<Schema>,
  SchemaOutput<Schema>
>
// A schema with `unknown` input (coerce, preprocess) may still refuse `undefined`: only one whose input
// names it surely has a default.
type FieldOfTypes<Input, Output> = [Input, Output] extends [Output, Input]
  ? JsonField<Output>
  : unknown extends Input
    ? SchemaField<Output, Input>
    : undefined extends Input
      ? WithDefault<SchemaField<Output, Input>>
      : SchemaField<Output, Input>

export function jsonField(...schemas: readonly unknown[]): Field<'json', unknown, unknown> {
  if (schemas.length === 0) return uncheckedField()
  const [schema] = schemas
  if (isSchema(schema)) return schemaField(schema)
  throw optionsError(
    'field.json(schema): the argument is not a Standard Schema, such as those of zod, valibot and ' +
      `arktype${typeof schema === 'function' ? ' (a function that must be called?)' : ''}`,
  )
}

/** Arktype's schemas are functions. */
function isSchema(value: unknown): value is StandardSchema {
  const standard = (value as Partial<StandardSchema> | null | undefined)?.['~standard']
  return typeof standard?.validate === 'function'
}

function uncheckedField(): Field<'json', unknown, unknown> {
  return defineField('json', {
    encode(value) {
      if (isJson(value)) return stringify(value)
      throw notJson()
    },
    decode: parse,
  })
}

function schemaField(schema: StandardSchema): Field<'json', unknown, unknown> {
  const hasDefault = tryValidate(schema, undefined) !== undefined
  return defineField('json', {
    encode(value) {
      const json = isJson(value)
      const given = validate(schema, value)
      const encoded = stringify(value)
      // The schema may undo what JSON changes, such as turn a string into a Date. Values that JSON does
      // not change skip this check: it would refuse a default that differs each time (an id, a time).
      if (json || isSame(given, validate(schema, JSON.parse(encoded)))) return encoded
      throw new InvalidValueError('a value that its schema reads differently after JSON')
    },
    decode: (encoded) => validate(schema, parse(encoded)),
    // Validated each time, so that no caller can modify a default that others share.
    absent: () => (hasDefault ? tryValidate(schema, undefined) : undefined),
  })
}

function parse(encoded: string): unknown {
  try {
    return JSON.parse(encoded)
  } catch {
    // Not with its cause, whose message quotes the string.
    throw new InvalidValueError('a string that is not JSON')
  }
}

function stringify(value: unknown): string {
  let encoded: string | undefined
  try {
    encoded = JSON.stringify(value)
  } catch {
    // A bigint.
  }
  if (encoded === undefined) throw notJson()
  return encoded
}

function notJson(): InvalidValueError {
  return new InvalidValueError('a value that JSON cannot represent')
}

function validate(schema: StandardSchema, value: unknown): unknown {
  const result = schema['~standard'].validate(value)
  // Any thenable: a promise may be of another realm.
  if ('then' in result) {
    Promise.resolve(result).catch(() => {})
    throw new InvalidValueError('a value that its schema validates asynchronously')
  }
  if (result.issues === undefined) return result.value
  // The messages of issues may quote the value; their paths do not.
  const paths = result.issues.map(({ path = [] }) =>
    path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.'),
  )
  const places = [...new Set(paths.filter((path) => path !== ''))].join(', ')
  throw new InvalidValueError(
    `a value that does not match its schema${places === '' ? '' : ` (at ${places})`}`,
  )
}

function tryValidate(schema: StandardSchema, value: unknown): unknown {
  try {
    return validate(schema, value)
  } catch {
    return undefined
  }
}

/** JSON leaves out what is undefined. */
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutUndefined(one), withoutUndefined(other))
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (Object.prototype.toString.call(value) !== '[object Object]') return value
  const entries = Object.entries(value as object).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.map(([name, each]) => [name, withoutUndefined(each)]))
}
