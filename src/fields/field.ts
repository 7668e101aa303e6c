import { isDate } from 'node:util/types'
import { optionsError } from '../errors.js'
import { defineField, InvalidValueError } from './codec.js'
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

/** Encodes the values of a `field.custom(codec)`. */
export interface CustomCodec<Value> {
  /** If it throws, the write rejects with `ERR_SESSION_FIELD`. */
  encode(value: Value): string
  /** If it throws, the field is undecodable: see `onUndecodable`. */
  decode(encoded: string): Value
}

/** Without a schema only the compiler knows the type, and nothing checks it. */
interface MakeJsonField {
  <Value>(): JsonField<Value>
  <Schema extends StandardSchema>(schema: Schema): FieldOf<Schema>
}

/**
 * The kinds of fields, for the option `fields`. Each is stored as a string that `redis-cli` and other
 * languages can read.
 *
 * @example
 * const Session = sessions(app, {
 *   client,
 *   fields: { user_id: field.number(), cart: field.json<CartItem[]>().default([]) },
 *   references: { user_id: {} },
 * })
 */
export const field = {
  /** A string without lone surrogates. */
  string: (): StringField =>
    defineField('string', { encode: encodeString, decode: (encoded) => encoded }),

  /** A finite number, such as `7` or `1.5`. */
  number: (): NumberField =>
    defineField('number', {
      encode(value) {
        if (typeof value === 'number') return encodeNumber(value)
        throw new InvalidValueError(describeType(value))
      },
      decode(encoded) {
        const value = Number(matching(NUMBER, encoded))
        if (Number.isFinite(value)) return value === 0 ? 0 : value
        throw undecodable()
      },
    }),

  /** `true` or `false`. */
  boolean: (): BooleanField =>
    defineField('boolean', {
      encode(value) {
        if (typeof value === 'boolean') return String(value)
        throw new InvalidValueError(describeType(value))
      },
      decode: (encoded) => matching(/^(true|false)$/, encoded) === 'true',
    }),

  /** A whole number of any size. */
  bigint: (): BigIntField =>
    defineField('bigint', {
      encode(value) {
        if (typeof value === 'bigint') return String(value)
        throw new InvalidValueError(describeType(value))
      },
      decode: (encoded) => BigInt(matching(WHOLE, encoded)),
    }),

  /** A Date, stored to the millisecond: `2026-11-23T17:00:00.000Z`. */
  date: (): DateField =>
    defineField('date', {
      encode(value) {
        if (!isDate(value)) throw new InvalidValueError(describeType(value))
        if (Number.isNaN(value.getTime())) throw new InvalidValueError('an invalid date')
        return value.toISOString()
      },
      decode: decodeDate,
    }),

  /**
   * Any value that survives JSON unchanged. A schema of a Standard Schema library (zod, valibot,
   * arktype) validates writes and reads; reads return its output.
   *
   * @throws `ERR_SESSION_OPTIONS` if the argument is not a schema
   */
  json: jsonField as MakeJsonField,

  /**
   * A kind of your own.
   *
   * @throws `ERR_SESSION_OPTIONS` if the codec lacks a function
   */
  custom<Value>(codec: CustomCodec<Value>): CustomField<Value> {
    if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
      throw optionsError('field.custom(codec): the codec must have the functions encode and decode')
    }
    // Called as methods: a codec may be a class instance.
    return defineField('custom', {
      encode: (value) => encodeString(codec.encode(value as Value)),
      decode: (encoded) => codec.decode(encoded),
    })
  },
}

/** UTF-8 cannot encode a lone surrogate: it would be read back as another character. */
export function encodeString(value: unknown): string {
  if (typeof value !== 'string') throw new InvalidValueError(describeType(value))
  if (value.isWellFormed()) return value
  throw new InvalidValueError('a string with a lone surrogate')
}

/** Integers are encoded like bigints: no exponent, and `-0` as `0`. */
export function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new InvalidValueError(String(value))
  return Number.isInteger(value) ? String(BigInt(value)) : String(value)
}

export function describeType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (isDate(value)) return 'a Date'
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`
}

function matching(pattern: RegExp, encoded: string): string {
  if (pattern.test(encoded)) return encoded
  throw undecodable()
}

function undecodable(): InvalidValueError {
  return new InvalidValueError('an undecodable string')
}

function decodeDate(encoded: string): Date {
  const date = new Date(encoded)
  // The form written here needs no further check.
  if (!Number.isNaN(date.getTime()) && date.toISOString() === encoded) return date
  const [, day, dayOfMonth] = DATE.exec(encoded) ?? []
  // `Date` turns February 30 into March 2.
  const exists = new Date(`${day}T00:00:00Z`).getUTCDate() === Number(dayOfMonth)
  if (exists && !Number.isNaN(date.getTime())) return date
  throw undecodable()
}
