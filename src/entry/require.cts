/** What `require` returns: the function `sessions`, with all other exports as its properties. */
import type Koa = require('koa')
import api = require('../index.js')

const entry: typeof api.sessions & typeof api = Object.assign(api.sessions, api)

// Only types, so it merges with the constant.
namespace entry {
  export type MemoryStore = api.MemoryStore
  export type SessionError = api.SessionError
  export type CookieOptions = api.CookieOptions
  export type CreatedCookie = api.CreatedCookie
  export type PeekOptions = api.PeekOptions
  export type Adopt<Values> = api.Adopt<Values>
  export type OldSession<Values> = api.OldSession<Values>
  export type DeviceBinding = api.DeviceBinding
  export type Duration = api.Duration
  export type EndedBy = api.EndedBy
  export type EndOptions = api.EndOptions
  export type FieldValue = api.FieldValue
  export type FieldValues = api.FieldValues
  export type CounterName<F extends api.Fields | undefined> = api.CounterName<F>
  export type CounterValue<F extends api.Fields | undefined, K extends string> = api.CounterValue<
    F,
    K
  >
  export type FieldInput<F extends api.Fields | undefined, K extends string> = api.FieldInput<F, K>
  export type FieldName<F extends api.Fields | undefined> = api.FieldName<F>
  export type ReadValues<
    F extends api.Fields | undefined,
    K extends string = api.FieldName<F>,
  > = api.ReadValues<F, K>
  export type ReferenceName<F extends api.Fields | undefined> = api.ReferenceName<F>
  export type SessionRead<
    F extends api.Fields | undefined,
    K extends string = api.FieldName<F>,
  > = api.SessionRead<F, K>
  export type StoredValues<
    F extends api.Fields | undefined,
    K extends string = api.FieldName<F>,
  > = api.StoredValues<F, K>
  export type WriteValues<F extends api.Fields | undefined> = api.WriteValues<F>
  export type BigIntField = api.BigIntField
  export type BooleanField = api.BooleanField
  export type CustomCodec<Value> = api.CustomCodec<Value>
  export type CustomField<Value> = api.CustomField<Value>
  export type DateField = api.DateField
  export type JsonField<Value> = api.JsonField<Value>
  export type NumberField = api.NumberField
  export type SchemaField<Output, Input> = api.SchemaField<Output, Input>
  export type StringField = api.StringField
  export type WithDefault<F extends api.Field> = api.WithDefault<F>
  export type Field<
    Kind extends api.FieldKind = api.FieldKind,
    Value = unknown,
    Input = never,
    Absent = unknown,
  > = api.Field<Kind, Value, Input, Absent>
  export type FieldKind = api.FieldKind
  export type Fields = api.Fields
  export type FoundSession<F extends api.Fields | undefined = undefined> = api.FoundSession<F>
  export type StandardSchema<Input = unknown, Output = Input> = api.StandardSchema<Input, Output>
  export type SessionsById<F extends api.Fields | undefined = undefined> = api.SessionsById<F>
  export type RedisClient = api.RedisClient
  export type ReferenceOptions = api.ReferenceOptions
  export type RevokeOptions<F extends api.Fields | undefined = undefined> = api.RevokeOptions<F>
  export type RevokeProgress = api.RevokeProgress
  export type SearchOptions = api.SearchOptions
  export type Session<F extends api.Fields | undefined = undefined> = api.Session<F>
  export type SessionContext<
    M extends { createSession(ctx: never): unknown },
    State = Koa.DefaultState,
  > = api.SessionContext<M, State>
  export type SessionErrorCode = api.SessionErrorCode
  export type SessionEvent = api.SessionEvent
  export type SessionEvents = api.SessionEvents
  export type SessionMiddleware<F extends api.Fields | undefined = undefined> =
    api.SessionMiddleware<F>
  export type SessionOptions<F extends api.Fields | undefined = undefined> = api.SessionOptions<F>
  export type SessionState = api.SessionState
  export type SessionValues<M extends { createSession(ctx: never): unknown }> = api.SessionValues<M>
  export type WithSession<F extends api.Fields | undefined = undefined> = api.WithSession<F>
}

export = entry
