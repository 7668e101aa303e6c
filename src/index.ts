/**
 * Sessions for Koa on Redis and Valkey that can be found and ended.
 *
 * @module koa-redis-session-sets
 */
export { SessionError, type SessionErrorCode } from './errors.js'
export type { EndedBy, SessionEvent, SessionEvents } from './events.js'
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
export type { Adopt, OldSession } from './options/adoption.js'
export type { DeviceBinding } from './options/device-binding.js'
export type {
  CookieOptions,
  Duration,
  ReferenceOptions,
  SessionOptions,
} from './options/session-options.js'
export type { RevokeOptions, RevokeProgress, SearchOptions } from './koa/call-options.js'
export type { CreatedCookie } from './koa/create-cookie.js'
export type { EndOptions } from './koa/end-options.js'
export type { PeekOptions } from './koa/session.js'
export type { SessionState } from './koa/session-state.js'
export type { Session, SessionsById } from './koa/types.js'
export {
  type FoundSession,
  type SessionContext,
  type SessionMiddleware,
  sessions,
  type SessionValues,
  type WithSession,
} from './koa/middleware.js'
export { MemoryStore } from './store/memory/memory-store.js'
export type { RedisClient } from './store/redis/client/detection.js'
