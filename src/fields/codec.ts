import { SessionError } from '../errors.js'

/** What a field may be declared as. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'bigint' | 'date' | 'json' | 'custom'

/**
 * The declaration of one field, made by `field.number()` and its like.
 *
 * `Value` is what reads give, `Input` what writes take, `Absent` what reads give where the session
 * does not have the field: `undefined`, or a default.
 */
export interface Field<
  Kind extends FieldKind = FieldKind,
  Value = unknown,
  Input = never,
  Absent = unknown,
> {
  readonly kind: Kind

  /**
   * The same field with a value for sessions that do not have it. It is not written to them.
   *
   * @throws `ERR_SESSION_OPTIONS` for a value that the field cannot hold
   */
  default(value: Input): Field<Kind, Value, Input, Value>

  /** The same field; that a session may not have it is so for every field without a default. */
  optional(): Field<Kind, Value, Input, undefined>

  /** @throws where the value has no text of this kind */
  encode(value: Input): string
  /** @throws where the text is none of this kind */
  decode(text: string): Value
  /** What reads give where the session does not have the field. */
  absent(): Absent
}

/** Why a value has no text: `cannot hold …`, without the value itself. */
export class Unfit extends Error {}

interface CodecParts<Value> {
  readonly encode: (value: unknown) => string
  readonly decode: (text: string) => Value
  readonly absent?: () => Value | undefined
}

/** Puts a declaration together. */
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
      // Through its text, so that nobody changes the default for everybody.
      const text = encodeDefault(kind, parts, value)
      return defineField<Kind, Value, Input, Value>(kind, { ...parts, absent: () => decode(text) })
    },
    optional: () => defineField<Kind, Value, Input>(kind, parts),
  })
}

/** The text of a default. One that does not read back fails here, not for each visitor. */
function encodeDefault(
  kind: FieldKind,
  { encode, decode }: CodecParts<unknown>,
  value: unknown,
): string {
  try {
    const text = encode(value)
    decode(text)
    return text
  } catch (cause) {
    const why = cause instanceof Unfit ? `cannot be ${cause.message}` : 'failed to encode or decode'
    throw new SessionError('ERR_SESSION_OPTIONS', `field.${kind}().default(): the value ${why}`, {
      cause,
    })
  }
}

/** Whether an object can do all that a field of `field.string()` and its like can. */
export function isField(value: unknown): value is Field {
  const { kind, encode, decode, absent } = (value ?? {}) as Partial<Field>
  const methods = [encode, decode, absent]
  return typeof kind === 'string' && methods.every((method) => typeof method === 'function')
}
