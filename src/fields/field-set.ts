/**
 * Checks and encodes all fields before anything is sent: client libraries flatten arrays and print
 * objects, so a value of the wrong type could end up in another field.
 */
import { channel } from 'node:diagnostics_channel'
import { fieldError, type SessionError } from '../errors.js'
import { type Changes, emptyValues } from '../store/store.js'
import { type Field, type FieldKind, InvalidValueError } from './codec.js'
import { describeType, encodeNumber, encodeString } from './field.js'
import { checkName, toNames } from './names.js'

/** Publishes `{ field, id }` for a stored string that does not decode. */
const undecodable = channel('koa-redis-session-sets:field-undecodable')

interface FieldSetOptions {
  /** By name; `undefined` if no fields are declared. */
  readonly declared: ReadonlyMap<string, Field> | undefined
  readonly references: Iterable<string>
  readonly onUndecodable: 'absent' | 'throw'
}

export class FieldSet {
  readonly #declared: ReadonlyMap<string, Field> | undefined
  readonly #all: readonly (readonly [name: string, Field])[]
  readonly #references: ReadonlySet<string>
  readonly #onUndecodable: 'absent' | 'throw'

  constructor({ declared, references, onUndecodable }: FieldSetOptions) {
    this.#declared = declared
    this.#all = [...(declared ?? [])]
    this.#references = new Set(references)
    this.#onUndecodable = onUndecodable
  }

  /** Encodes the argument of `set`. */
  encodeValues(values: unknown): Required<Pick<Changes, 'set' | 'unset'>> {
    if (Object.prototype.toString.call(values) !== '[object Object]') {
      throw fieldError('the values to set must be an object')
    }
    const set = new Map<string, string>()
    const unset: string[] = []
    for (const [name, value] of Object.entries(values as object)) {
      this.#checkName(name)
      if (value === undefined || value === null) unset.push(name)
      else set.set(name, this.#encodeValue(name, value))
    }
    return { set, unset }
  }

  checkReference(name: string): void {
    if (this.#references.has(name)) return
    throw fieldError(`"${name}" is not among options.references`)
  }

  encodeReference(name: string, value: unknown): string {
    this.checkReference(name)
    return this.#encodeValue(name, value)
  }

  #encodeValue(name: string, value: unknown): string {
    const field = this.#declared?.get(name)
    try {
      return field === undefined ? encodeUndeclared(value) : field.encode(value as never)
    } catch (cause) {
      if (cause instanceof InvalidValueError) {
        const what = `the field "${name}" cannot hold ${cause.message}`
        throw fieldError(what)
      }
      throw fieldError(`the field "${name}" failed to encode`, { cause })
    }
  }

  decodeReference(name: string, encoded: string): unknown {
    this.checkReference(name)
    const field = this.#declared?.get(name)
    try {
      return field === undefined ? encoded : this.#decodeValue(name, field, encoded)
    } catch (cause) {
      throw undecodableError(name, cause)
    }
  }

  /**
   * A reference must encode to the same string again, or the session would not be found by its value:
   * `7.0`, or a number with more digits than a double has.
   */
  #decodeValue(name: string, field: Field, encoded: string): unknown {
    const value = field.decode(encoded)
    if (this.#references.has(name) && this.#encodeValue(name, value) !== encoded) {
      throw new InvalidValueError('a string that is encoded differently')
    }
    return value
  }

  /** Checks the names given to `unset`. */
  encodeNames(fields: string | readonly string[]): string[] {
    const names = toNames(fields)
    for (const name of names) this.#checkName(name)
    return [...names]
  }

  /** Checks the names given to `get`, which may include `id`. */
  encodeRead(fields: string | readonly string[] | undefined): string[] | undefined {
    return fields === undefined
      ? undefined
      : this.encodeNames(toNames(fields).filter((name) => name !== 'id'))
  }

  encodeIncrement(name: string, by: number | bigint): string {
    this.#checkName(name)
    if (!isCounter(this.#declared?.get(name)?.kind)) {
      throw fieldError(`the field "${name}" is not declared as a number or bigint`)
    }
    if (this.#references.has(name)) {
      throw fieldError(`the field "${name}" is a reference: use set`)
    }
    const whole = typeof by === 'bigint' || Number.isSafeInteger(by)
    if (whole && BigInt.asIntN(64, BigInt(by)) === BigInt(by)) return String(by)
    throw fieldError(
      `the field "${name}" can only be incremented by a 64-bit integer that is exact`,
    )
  }

  decodeIncrement(name: string, encoded: string): number | bigint {
    return this.#declared?.get(name)?.kind === 'bigint' ? BigInt(encoded) : Number(encoded)
  }

  /**
   * Decodes all declared fields of a session, or those named. If no fields are declared, returns the
   * strings.
   */
  decode(
    encoded: Readonly<Record<string, string>>,
    id: string | undefined,
    names?: readonly string[],
  ): Record<string, unknown> {
    if (this.#declared === undefined) return encoded
    const values: Record<string, unknown> = emptyValues()
    for (const [name, field] of this.#all) {
      if (names?.includes(name) === false) continue
      const value = this.#decodeField(name, field, encoded[name], id)
      if (value !== undefined) values[name] = value
    }
    return values
  }

  #decodeField(
    name: string,
    field: Field,
    encoded: string | undefined,
    id: string | undefined,
  ): unknown {
    if (encoded === undefined) return field.absent()
    try {
      return this.#decodeValue(name, field, encoded)
    } catch (cause) {
      undecodable.publish({ field: name, id })
      if (this.#onUndecodable === 'absent') return field.absent()
      throw undecodableError(name, cause)
    }
  }

  #checkName(name: unknown): void {
    checkName(name)
    if (this.#declared?.has(name as string) === false) {
      throw fieldError(`the field "${String(name)}" is not declared`)
    }
  }
}

function undecodableError(name: string, cause: unknown): SessionError {
  return fieldError(
    `the field "${name}" holds a string that does not decode as declared`,
    cause instanceof InvalidValueError ? undefined : { cause },
  )
}

function isCounter(kind: FieldKind | undefined): boolean {
  return kind === undefined || kind === 'number' || kind === 'bigint'
}

/** Encodes `1`, `1n` and `'1'` alike. */
function encodeUndeclared(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value)
    case 'number':
      return encodeNumber(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      throw new InvalidValueError(describeType(value))
  }
}
