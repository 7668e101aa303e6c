/**
 * What may be kept in a session, and as what text.
 *
 * Client libraries flatten arrays and print objects, so a value of the wrong type could become
 * another field. Everything is checked here, before anything is sent.
 */
import { channel } from 'node:diagnostics_channel'
import { SessionError } from '../errors.js'
import { type Changes, emptyValues } from '../store/store.js'
import { type Field, type FieldKind, Unfit } from './codec.js'
import { describe, encodeNumber, encodeString } from './field.js'
import { checkName, toNames } from './names.js'

/** Tells of texts that are no longer what their field was declared as: `{ field, id }`. */
const undecodable = channel('koa-redis-session-sets:field-undecodable')

interface FieldSetOptions {
  /** By name; `undefined` where nothing is declared. */
  readonly declared: ReadonlyMap<string, Field> | undefined
  /** The names of those that sessions can be found by. */
  readonly references: Iterable<string>
  readonly onUndecodable: 'absent' | 'throw'
}

/** The fields of an application: declared by name and kind, or any. */
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

  /** Turns the values given to `set` into texts to keep and names to remove. */
  encodeValues(values: unknown): Required<Pick<Changes, 'set' | 'unset'>> {
    if (Object.prototype.toString.call(values) !== '[object Object]') {
      throw new SessionError('ERR_SESSION_FIELD', 'the values of a session must be an object')
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

  /** @throws `ERR_SESSION_FIELD` for the name of a field that sessions cannot be found by */
  checkReference(name: string): void {
    if (this.#references.has(name)) return
    throw new SessionError('ERR_SESSION_FIELD', `"${name}" is not among options.references`)
  }

  /** The text of a reference's value, to search for. */
  encodeReference(name: string, value: unknown): string {
    this.checkReference(name)
    return this.#encodeValue(name, value)
  }

  /** The text of one value: what would not come back as what it was is refused. */
  #encodeValue(name: string, value: unknown): string {
    const field = this.#declared?.get(name)
    try {
      return field === undefined ? encodeUndeclared(value) : field.encode(value as never)
    } catch (cause) {
      if (cause instanceof Unfit) {
        const what = `the field "${name}" cannot hold ${cause.message}`
        throw new SessionError('ERR_SESSION_FIELD', what)
      }
      throw new SessionError('ERR_SESSION_FIELD', `the field "${name}" failed to encode`, { cause })
    }
  }

  /**
   * The value of a reference that a text stands for; the text itself where nothing is declared.
   *
   * @throws `ERR_SESSION_FIELD` for a text that does not decode
   */
  decodeReference(name: string, text: string): unknown {
    this.checkReference(name)
    const field = this.#declared?.get(name)
    try {
      return field === undefined ? text : this.#decodeText(name, field, text)
    } catch (cause) {
      throw undecodableText(name, cause)
    }
  }

  /**
   * A reference is found by its text, so a value that has another text is not what was kept: `7` for `7.0`,
   * or for a number with more digits than JavaScript's have.
   */
  #decodeText(name: string, field: Field, text: string): unknown {
    const value = field.decode(text)
    if (this.#references.has(name) && this.#encodeValue(name, value) !== text) {
      throw new Unfit('such a text')
    }
    return value
  }

  /** Checks the names given to `unset`. One name needs no array. */
  encodeNames(fields: string | readonly string[]): string[] {
    const names = toNames(fields)
    for (const name of names) this.#checkName(name)
    return [...names]
  }

  /** Checks the names given to `get`, where `id` may be asked for: it is always there. */
  encodeRead(fields: string | readonly string[] | undefined): string[] | undefined {
    return fields === undefined
      ? undefined
      : this.encodeNames(toNames(fields).filter((name) => name !== 'id'))
  }

  /** What `increment` may add, and to what: a whole number that is exact. */
  encodeIncrement(name: string, by: number | bigint): string {
    this.#checkName(name)
    if (!counts(this.#declared?.get(name)?.kind)) {
      throw new SessionError('ERR_SESSION_FIELD', `the field "${name}" is not declared as a number`)
    }
    if (this.#references.has(name)) {
      throw new SessionError('ERR_SESSION_FIELD', `"${name}" is a reference: set its value`)
    }
    const whole = typeof by === 'bigint' || Number.isSafeInteger(by)
    if (whole && BigInt.asIntN(64, BigInt(by)) === BigInt(by)) return String(by)
    throw new SessionError(
      'ERR_SESSION_FIELD',
      `the field "${name}" cannot be incremented by what is no whole number of 64 bits`,
    )
  }

  /** The sum that an increment resolves to. */
  decodeIncrement(name: string, text: string): number | bigint {
    return this.#declared?.get(name)?.kind === 'bigint' ? BigInt(text) : Number(text)
  }

  /**
   * The values of a session's texts: those named, or all that are declared. Where nothing is
   * declared, the texts themselves.
   */
  decode(
    texts: Readonly<Record<string, string>>,
    id: string | undefined,
    names?: readonly string[],
  ): Record<string, unknown> {
    if (this.#declared === undefined) return texts
    const values: Record<string, unknown> = emptyValues()
    for (const [name, field] of this.#all) {
      if (names?.includes(name) === false) continue
      const value = this.#decodeField(name, field, texts[name], id)
      if (value !== undefined) values[name] = value
    }
    return values
  }

  #decodeField(
    name: string,
    field: Field,
    text: string | undefined,
    id: string | undefined,
  ): unknown {
    if (text === undefined) return field.absent()
    try {
      return this.#decodeText(name, field, text)
    } catch (cause) {
      undecodable.publish({ field: name, id })
      if (this.#onUndecodable === 'absent') return field.absent()
      throw undecodableText(name, cause)
    }
  }

  #checkName(name: unknown): void {
    checkName(name)
    if (this.#declared?.has(name as string) === false) {
      throw new SessionError('ERR_SESSION_FIELD', `the field "${String(name)}" is not declared`)
    }
  }
}

function undecodableText(name: string, cause: unknown): SessionError {
  return new SessionError(
    'ERR_SESSION_FIELD',
    `the field "${name}" holds what does not decode as it is declared`,
    cause instanceof Unfit ? undefined : { cause },
  )
}

function counts(kind: FieldKind | undefined): boolean {
  return kind === undefined || kind === 'number' || kind === 'bigint'
}

/** The text of a value of a field that is not declared: the same for `1`, `1n` and `'1'`. */
function encodeUndeclared(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value)
    case 'number':
      return value === 0 ? '0' : encodeNumber(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      throw new Unfit(describe(value))
  }
}
