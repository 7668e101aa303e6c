import { defineField, type Field, Unfit } from './codec.js'
import { type InputOf, jsonField, type OutputOf, type StandardSchema } from './json.js'

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i
const WHOLE = /^-?(0|[1-9]\d*)$/
const DATE = /^(\d{4}|[+-]\d{6})-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

/** How an application's own kind of value becomes text, and text a value. */
export interface CustomField<Value> {
  /** The text to keep. What it throws is refused as `ERR_SESSION_FIELD`. */
  readonly encode: (value: Value) => string
  /** The value again. A text that makes it throw reads as absent. */
  readonly decode: (text: string) => Value
}

/** A JSON field of a type that only the compiler knows, or one that a schema checks. */
interface JsonField {
  <Value>(): Field<'json', Value, Value, undefined>
  <Schema extends StandardSchema>(
    schema: Schema,
  ): Field<
    'json',
    OutputOf<Schema>,
    InputOf<Schema>,
    undefined extends InputOf<Schema> ? OutputOf<Schema> : undefined
  >
}

/**
 * The kinds of fields, for the option `fields`. In Redis each is plain text that `redis-cli` and
 * other languages can read.
 *
 * @example
 * const Session = sessions(app, {
 *   client,
 *   fields: { user_id: field.number(), cart: field.json<CartItem[]>().default([]) },
 *   references: { user_id: {} },
 * })
 */
export const field = {
  /** Text: kept as it is. */
  string: (): Field<'string', string, string, undefined> =>
    defineField('string', { encode: encodeString, decode: (text) => text }),

  /** A finite number, such as `7` or `1.5`: `HINCRBY` can count it. */
  number: (): Field<'number', number, number, undefined> =>
    defineField('number', {
      encode(value) {
        if (typeof value === 'number') return encodeNumber(value)
        throw new Unfit(describe(value))
      },
      decode: (text) => Number(matching(NUMBER, text)),
    }),

  /** `true` or `false`. */
  boolean: (): Field<'boolean', boolean, boolean, undefined> =>
    defineField('boolean', {
      encode(value) {
        if (typeof value === 'boolean') return String(value)
        throw new Unfit(describe(value))
      },
      decode: (text) => matching(/^(true|false)$/, text) === 'true',
    }),

  /** A whole number of any size. */
  bigint: (): Field<'bigint', bigint, bigint, undefined> =>
    defineField('bigint', {
      encode(value) {
        if (typeof value === 'bigint') return String(value)
        throw new Unfit(describe(value))
      },
      decode: (text) => BigInt(matching(WHOLE, text)),
    }),

  /** A time, to the millisecond: `2026-11-23T17:00:00.000Z`. */
  date: (): Field<'date', Date, Date, undefined> =>
    defineField('date', {
      encode(value) {
        if (!(value instanceof Date)) throw new Unfit(describe(value))
        if (Number.isNaN(value.getTime())) throw new Unfit('an invalid date')
        return value.toISOString()
      },
      decode(text) {
        const date = new Date(matching(DATE, text))
        if (Number.isNaN(date.getTime())) throw new Unfit('an invalid date')
        return date
      },
    }),

  /**
   * Anything that JSON can say. With a schema of any library that follows Standard Schema (zod,
   * valibot, arktype) it is checked on write and on read; reads give what the schema makes of it.
   */
  json: jsonField as JsonField,

  /** A kind of your own. */
  custom: <Value>({
    encode,
    decode,
  }: CustomField<Value>): Field<'custom', Value, Value, undefined> =>
    defineField('custom', {
      encode: (value) => encodeString(encode(value as Value)),
      decode,
    }),
}

/** Text that has a UTF-8 form: a lone surrogate would come back as another character. */
export function encodeString(value: unknown): string {
  if (typeof value !== 'string') throw new Unfit(describe(value))
  if (value.isWellFormed()) return value
  throw new Unfit('a string with a lone surrogate')
}

/** The digits of a number: those of a whole one are the same as a bigint's. */
export function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Unfit(String(value))
  if (Object.is(value, -0)) return '-0'
  return Number.isInteger(value) ? String(BigInt(value)) : String(value)
}

export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Date) return 'a Date'
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`
}

function matching(pattern: RegExp, text: string): string {
  if (pattern.test(text)) return text
  throw new Unfit('such a text')
}
