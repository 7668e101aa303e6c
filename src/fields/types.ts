/** Types inferred from the declared fields `F`; `undefined` if none are declared. */
import type { Field } from './codec.js'
import type { AbsentOf, InputOf, ValueOf } from './kinds.js'

/** The option `fields`. */
export type Fields = Readonly<Record<string, Field>>

export type MaybeFields = Fields | undefined

/** A value that can be stored as a string without loss. */
export type FieldValue = string | number | boolean | bigint

/** What `set` takes if no fields are declared. */
export interface FieldValues extends WithoutId {
  readonly [name: string]: FieldValue | null | undefined
}

/** Refuses the result of `get`, whose `id` is not a field. */
export interface WithoutId {
  /** Never a field: reads add it to the fields. */
  readonly id?: never
}

/** Expands a type for editors and error messages. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}

/** The names of all fields. */
export type FieldName<F extends MaybeFields> = F extends Fields ? keyof F & string : string

/** The names of fields that may be references: all but JSON, which can encode one value differently. */
export type ReferenceName<F extends MaybeFields> = F extends Fields
  ? { [K in keyof F & string]: F[K]['kind'] extends 'json' ? never : K }[keyof F & string]
  : string

/** The names of fields that `increment` takes. */
export type CounterName<F extends MaybeFields> = F extends Fields
  ? { [K in keyof F & string]: F[K]['kind'] extends 'number' | 'bigint' ? K : never }[keyof F &
      string]
  : string

/** What a field takes on writes and searches. */
export type FieldInput<F extends MaybeFields, K extends string> = F extends Fields
  ? InputOf<F[K]>
  : FieldValue

/** What `increment` resolves to. */
export type CounterValue<F extends MaybeFields, K extends string> = F extends Fields
  ? ValueOf<F[K]>
  : number

/** The fields as reads return them. */
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

/** What `get` and `peek` return: the fields, and the session's `id` if there is a session. */
export type SessionRead<F extends MaybeFields, K extends string = FieldName<F>> = F extends Fields
  ? Simplify<
      {
        /** The session's public id. */
        readonly id?: string
      } & ReadValues<F, K>
    >
  : {
      /** The session's public id. */
      readonly id?: string
    } & Record<string, string | undefined>

/** What `Session.store.get` returns: no fields and no defaults if there is no session. */
export type StoredValues<F extends MaybeFields, K extends string = FieldName<F>> = F extends Fields
  ? Simplify<
      {
        /** The session's public id. */
        id?: string
      } & Partial<ReadValues<F, K>>
    >
  : Record<string, string | undefined>

/** What `set` takes. */
export type WriteValues<F extends MaybeFields> = F extends Fields
  ? { readonly [K in keyof F]?: InputOf<F[K]> | null | undefined } & WithoutId
  : FieldValues
