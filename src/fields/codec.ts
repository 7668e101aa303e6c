import { optionsError } from '../errors.js'

/** What a field may be declared as. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'bigint' | 'date' | 'json' | 'custom'

/**
 * The declaration of one field, such as `field.number()`.
 *
 * Reads return a `Value`, writes take an `Input`. If the session does not have the field, reads return
 * an `Absent`: `undefined`, or the default.
 */
export interface Field<
  Kind extends FieldKind = FieldKind,
  Value = unknown,
  Input = never,
  Absent = unknown,
> {
  /** The kind, such as `'number'`. */
  readonly kind: Kind

  /**
   * The same field with a default, which reads return for sessions that do not have it.
   *
   * @throws `ERR_SESSION_OPTIONS` for a value that the field cannot hold
   */
  default(value: Input): Field<Kind, Value, Input, Value>

  /** The same field without a default. */
  optional(): Field<Kind, Value, Input, undefined>

  /** @throws for a value that is not of this kind */
  encode(value: Input): string
  /** @throws for a string that does not encode a value of this kind */
  decode(encoded: string): Value
  /** What reads return if the session does not have the field. */
  absent(): Absent
}

/** Its message completes "cannot hold …", and never contains the value. */
export class InvalidValueError extends Error {}

interface CodecParts<Value> {
  readonly encode: (value: unknown) => string
  readonly decode: (encoded: string) => Value
  readonly absent?: () => Value | undefined
}

export function defineField<Kind extends FieldKind, Value, Input = Value, Absent = undefined>(
  kind: Kind,
  { encode, decode, absent = () => undefined }: CodecParts<Value>,
): Field<Kind, Value, Input, Absent> {
  const parts = { encode, decode }
  return Object.freeze({
    kind,
    encode,
    decode,
    absent: absent as () => Absent,
    default(value: Input) {
      // Decoded for each read, so that no caller can modify a default that others share.
      const encoded = encodeDefault(kind, parts, value)
      return defineField<Kind, Value, Input, Value>(kind, {
        ...parts,
        absent: () => decode(encoded),
      })
    },
    optional: () => defineField<Kind, Value, Input>(kind, parts),
  })
}

/** Checks that the default also decodes: here it fails once, and not for each visitor. */
function encodeDefault(
  kind: FieldKind,
  { encode, decode }: CodecParts<unknown>,
  value: unknown,
): string {
  try {
    const encoded = encode(value)
    decode(encoded)
    return encoded
  } catch (cause) {
    const why =
      cause instanceof InvalidValueError
        ? `cannot be ${cause.message}`
        : 'failed to encode or decode'
    throw optionsError(`field.${kind}().default(): the value ${why}`, { cause })
  }
}

export function isField(value: unknown): value is Field {
  const { kind, encode, decode, absent } = (value ?? {}) as Partial<Field>
  const methods = [encode, decode, absent]
  return typeof kind === 'string' && methods.every((method) => typeof method === 'function')
}
