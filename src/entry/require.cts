/**
 * What `require('koa-redis-session-sets')` returns: the function itself, with all other exports on
 * it, as the package's users have always called it.
 */
import api = require('../index.js')

function entry(...input: Parameters<typeof api.sessions>): ReturnType<typeof api.sessions> {
  return api.sessions(...input)
}

namespace entry {
  export import sessions = api.sessions
  export import MemoryStore = api.MemoryStore
  export import SessionError = api.SessionError
  export type CookieOptions = api.CookieOptions
  export type Duration = api.Duration
  export type FieldValue = api.FieldValue
  export type FieldValues = api.FieldValues
  export type FoundSession = api.FoundSession
  export type OperatorStore = api.OperatorStore
  export type RedisClient = api.RedisClient
  export type ReferenceOptions = api.ReferenceOptions
  export type Session = api.Session
  export type SessionContext<M extends api.SessionMiddleware> = api.SessionContext<M>
  export type SessionErrorCode = api.SessionErrorCode
  export type SessionMiddleware = api.SessionMiddleware
  export type SessionOptions = api.SessionOptions
  export type SessionValues = api.SessionValues
  export type WithSession = api.WithSession
}

export = entry
