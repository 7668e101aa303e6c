/** What the compiler makes of a declaration. `undefined` stands for an application without one. */
import type { Field } from './codec.js'
import type { AbsentOf, InputOf, ValueOf } from './kinds.js'

/** The option `fields`. */
export type Fields = Readonly<Record<string, Field>>

/** A declaration, or none. */
export type MaybeFields = Fields | undefined

/** A value that Redis holds as plain text without loss. */
export type FieldValue = string | number | boolean | bigint

/** What `set` takes where no fields are declared. */
export interface FieldValues extends WithoutId {
  readonly [name: string]: FieldValue | null | undefined
}

/** What `get` gives cannot be set as it is: it has the session's `id`, which is no field. */
export interface WithoutId {
  readonly id?: never
}

/** Writes a type out, for editors and error messages. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}

/** The names of all fields. */
export type FieldName<F extends MaybeFields> = F extends Fields ? keyof F & string : string

/** The names of those that may be references: not JSON, which has more than one text for a value. */
export type ReferenceName<F extends MaybeFields> = F extends Fields
  ? { [K in keyof F & string]: F[K]['kind'] extends 'json' ? never : K }[keyof F & string]
  : string

/** The names of those that count. */
export type CounterName<F extends MaybeFields> = F extends Fields
  ? { [K in keyof F & string]: F[K]['kind'] extends 'number' | 'bigint' ? K : never }[keyof F &
      string]
  : string

/** What a field takes when it is written or searched for. */
export type FieldInput<F extends MaybeFields, K extends string> = F extends Fields
  ? InputOf<F[K]>
  : FieldValue

/** What an increment resolves to. */
export type CounterValue<F extends MaybeFields, K extends string> = F extends Fields
  ? ValueOf<F[K]>
  : number

/** The fields as reads give them. */
export type ReadValues<F extends MaybeFields, K extends string = FieldName<F>> = F extends Fields
  ? Simplify<
      {
        -readonly [
          Name in keyof F as Name extends K
            ? undefined extends AbsentOf<F[Name]>
              ? Name
              : never
            : never
        ]?: ValueOf<F[Name]>
      } & {
        -readonly [
          Name in keyof F as Name extends K
            ? undefined extends AbsentOf<F[Name]>
              ? never
              : Name
            : never
        ]: ValueOf<F[Name]>
      }
    >
  : Record<string, string | undefined>

/** The fields as `get` and `peek` give them, with the session's `id`, which is missing without one. */
export type SessionRead<F extends MaybeFields, K extends string = FieldName<F>> = F extends Fields
  ? Simplify<{ readonly id?: string } & ReadValues<F, K>>
  : { readonly id?: string } & Record<string, string | undefined>

/** The fields of a session that may not be there, as the operator reads them: without defaults then. */
export type StoredValues<F extends MaybeFields, K extends string = FieldName<F>> = F extends Fields
  ? Simplify<Partial<ReadValues<F, K>>>
  : Record<string, string | undefined>

/** The fields as `set` takes them. */
export type WriteValues<F extends MaybeFields> = F extends Fields
  ? { readonly [K in keyof F]?: InputOf<F[K]> | null | undefined } & WithoutId
  : FieldValues
