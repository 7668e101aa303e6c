export { SessionError, type SessionErrorCode } from './errors.js'
export type { Field, FieldKind } from './fields/codec.js'
export { type CustomCodec, field } from './fields/field.js'
export type { StandardSchema } from './fields/json.js'
export type {
  BigIntField,
  BooleanField,
  CustomField,
  DateField,
  JsonField,
  NumberField,
  SchemaField,
  StringField,
  WithDefault,
} from './fields/kinds.js'
export type {
  CounterName,
  CounterValue,
  FieldInput,
  FieldName,
  Fields,
  FieldValue,
  FieldValues,
  ReadValues,
  ReferenceName,
  SessionRead,
  StoredValues,
  WriteValues,
} from './fields/types.js'
export type { OperatorStore } from './operator.js'
export type { CookieOptions, Duration, ReferenceOptions, SessionOptions } from './options.js'
export type { RevokeOptions, RevokeProgress, SearchOptions } from './search.js'
export type { Session } from './session.js'
export {
  type FoundSession,
  type SessionContext,
  type SessionMiddleware,
  sessions,
  type SessionValues,
  type WithSession,
} from './sessions.js'
export { MemoryStore } from './store/memory/memory-store.js'
export type { RedisClient } from './store/redis/clients/connect.js'
