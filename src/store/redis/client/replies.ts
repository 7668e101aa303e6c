/** The shapes of the replies that the store reads. Any other came from a client that an application changed. */
import { SessionError } from '../../../errors.js'
import type { CommandName } from './port.js'

/** Names and values in turn. */
export type Hash = readonly string[]

/** @throws `ERR_SESSION_STORE` for a reply of another shape */
export function checkReply(name: CommandName, args: readonly string[], reply: unknown): unknown {
  switch (name) {
    case 'hgetall':
      return toHash(reply)
    case 'hmget':
      return toValues(reply, args.length)
    case 'get':
    case 'hget':
      if (!isValue(reply)) throw changed(name)
      return reply
    default:
      // Strings with ioredis's `stringNumbers`.
      if (!/^-?\d+$/.test(String(reply))) throw changed(name)
      return Number(reply)
  }
}

/** The fields in a reply to HGETALL: a flat list in RESP2 and from scripts, an object in RESP3. */
export function toHash(reply: unknown): Hash {
  const flat = Array.isArray(reply) ? reply : flatten(reply)
  if (flat.length % 2 === 0 && flat.every(isString)) return flat
  throw changed('hgetall')
}

function flatten(reply: unknown): unknown[] {
  if (reply instanceof Map) return [...reply].flat()
  if (Object.prototype.toString.call(reply) !== '[object Object]') throw changed('hgetall')
  return Object.entries(reply as object).flat()
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

/** As many values as fields were named. */
export function toValues(reply: unknown, count: number): readonly (string | null)[] {
  if (Array.isArray(reply) && reply.length === count && reply.every(isValue)) return reply
  throw changed('hmget')
}

function isValue(value: unknown): value is string | null {
  return typeof value === 'string' || value === null
}

function changed(name: CommandName): SessionError {
  const what = `the reply to ${name.toUpperCase()} has an unknown shape`
  return new SessionError('ERR_SESSION_STORE', `${what}: did the application change its client?`)
}
