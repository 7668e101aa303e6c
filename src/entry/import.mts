/** What `import` gets: the same code as `require`, so an error is an instance of one class. */
export { MemoryStore, SessionError, sessions, sessions as default } from '../index.js'
export type {
  CookieOptions,
  Duration,
  FieldValue,
  FieldValues,
  FoundSession,
  OperatorStore,
  RedisClient,
  ReferenceOptions,
  RevokeOptions,
  Session,
  SessionContext,
  SessionErrorCode,
  SessionMiddleware,
  SessionOptions,
  SessionValues,
  WithSession,
} from '../index.js'
