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

  /** The same field with a value for sessions that do not have it. It is not written to them. */
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
      const text = encode(value)
      return defineField<Kind, Value, Input, Value>(kind, { ...parts, absent: () => decode(text) })
    },
    optional: () => defineField<Kind, Value, Input>(kind, parts),
  })
}
