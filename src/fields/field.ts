import { isDate } from 'node:util/types'
import { wrongOption } from '../errors.js'
import { defineField, Unfit } from './codec.js'
import { type FieldOf, jsonField, type StandardSchema } from './json.js'
import type {
  BigIntField,
  BooleanField,
  CustomField,
  DateField,
  JsonField,
  NumberField,
  StringField,
} from './kinds.js'

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i
const WHOLE = /^-?(0|[1-9]\d*)$/
const DATE = /^((?:\d{4}|[+-]\d{6})-\d{2}-(\d{2}))T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

/** How an application's own kind of value becomes text, and text a value. */
export interface CustomCodec<Value> {
  /** The text to keep. What it throws is refused as `ERR_SESSION_FIELD`. */
  encode(value: Value): string
  /** The value again. A text that makes it throw reads as absent. */
  decode(text: string): Value
}

/** A JSON field of a type that only the compiler knows, or one that a schema checks. */
interface MakeJsonField {
  <Value>(): JsonField<Value>
  <Schema extends StandardSchema>(schema: Schema): FieldOf<Schema>
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
  string: (): StringField =>
    defineField('string', { encode: encodeString, decode: (text) => text }),

  /** A finite number, such as `7` or `1.5`: `HINCRBY` can count it. */
  number: (): NumberField =>
    defineField('number', {
      encode(value) {
        if (typeof value === 'number') return encodeNumber(value)
        throw new Unfit(describe(value))
      },
      decode(text) {
        const value = Number(matching(NUMBER, text))
        if (Number.isFinite(value)) return value
        throw new Unfit('such a text')
      },
    }),

  /** `true` or `false`. */
  boolean: (): BooleanField =>
    defineField('boolean', {
      encode(value) {
        if (typeof value === 'boolean') return String(value)
        throw new Unfit(describe(value))
      },
      decode: (text) => matching(/^(true|false)$/, text) === 'true',
    }),

  /** A whole number of any size. */
  bigint: (): BigIntField =>
    defineField('bigint', {
      encode(value) {
        if (typeof value === 'bigint') return String(value)
        throw new Unfit(describe(value))
      },
      decode: (text) => BigInt(matching(WHOLE, text)),
    }),

  /** A time, to the millisecond: `2026-11-23T17:00:00.000Z`. */
  date: (): DateField =>
    defineField('date', {
      encode(value) {
        if (!isDate(value)) throw new Unfit(describe(value))
        if (Number.isNaN(value.getTime())) throw new Unfit('an invalid date')
        return value.toISOString()
      },
      decode: decodeDate,
    }),

  /**
   * Anything that JSON can say. With a schema of any library that follows Standard Schema (zod,
   * valibot, arktype) it is checked on write and on read; reads give what the schema makes of it.
   */
  json: jsonField as MakeJsonField,

  /** A kind of your own. */
  custom<Value>(codec: CustomCodec<Value>): CustomField<Value> {
    if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
      throw wrongOption('field.custom(codec): the codec must have the functions encode and decode')
    }
    // Called as methods: a codec may be an instance of a class.
    return defineField('custom', {
      encode: (value) => encodeString(codec.encode(value as Value)),
      decode: (text) => codec.decode(text),
    })
  },
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
  if (isDate(value)) return 'a Date'
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`
}

function matching(pattern: RegExp, text: string): string {
  if (pattern.test(text)) return text
  throw new Unfit('such a text')
}

function decodeDate(text: string): Date {
  const date = new Date(text)
  // What is written here, which needs no closer look.
  if (!Number.isNaN(date.getTime()) && date.toISOString() === text) return date
  const [, day, number] = DATE.exec(text) ?? []
  // `Date` makes the second of March of a thirtieth of February.
  const real = new Date(`${day}T00:00:00Z`).getUTCDate() === Number(number)
  if (real && !Number.isNaN(date.getTime())) return date
  throw new Unfit('such a text')
}
