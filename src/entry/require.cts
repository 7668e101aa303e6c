/**
 * What `require('koa-redis-session-sets')` returns: the function itself, with all other exports on
 * it, as the package's users have always called it.
 */
import api = require('../index.js')

const entry: typeof api.sessions & typeof api = Object.assign(api.sessions, api)

// For types alone, so that it may have the name of the constant.
namespace entry {
  export type MemoryStore = api.MemoryStore
  export type SessionError = api.SessionError
  export type CookieOptions = api.CookieOptions
  export type Duration = api.Duration
  export type FieldValue = api.FieldValue
  export type FieldValues = api.FieldValues
  export type FoundSession = api.FoundSession
  export type OperatorStore = api.OperatorStore
  export type RedisClient = api.RedisClient
  export type ReferenceOptions = api.ReferenceOptions
  export type RevokeOptions = api.RevokeOptions
  export type Session = api.Session
  export type SessionContext<M extends api.SessionMiddleware> = api.SessionContext<M>
  export type SessionErrorCode = api.SessionErrorCode
  export type SessionMiddleware = api.SessionMiddleware
  export type SessionOptions = api.SessionOptions
  export type SessionValues = api.SessionValues
  export type WithSession = api.WithSession
}

export = entry
