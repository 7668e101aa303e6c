export { SessionError, type SessionErrorCode } from './errors.js'
export type { FieldValue, FieldValues } from './fields.js'
export type { OperatorStore } from './operator.js'
export type { CookieOptions, Duration, ReferenceOptions, SessionOptions } from './options.js'
export type { Session } from './session.js'
export {
  type FoundSession,
  type RevokeOptions,
  type SessionContext,
  type SessionMiddleware,
  sessions,
  type WithSession,
} from './sessions.js'
export { MemoryStore } from './store/memory/memory-store.js'
export type { RedisClient } from './store/redis/clients/connect.js'
export type { SessionValues } from './visit.js'
