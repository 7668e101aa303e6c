import { END_CHANNEL } from '../../../keys.js'
import { FORMER_KEEP_FOR, FORMER_SECRETS } from './former.js'
import { TIME } from './time.js'
import { BURY_YOUNG } from './tombstone.js'

/**
 * `publish` tells the listeners of a session (see end-subscriber.ts) that it has ended, has another secret, or
 * expires sooner than before. `watched` is the session's `$watched`, read before: a session that nobody watches
 * costs no message. A user without the right to PUBLISH ends sessions all the same, hence `pcall`.
 */
export const PUBLISH: string = /* lua */ `
local function publish(hash, watched, now)
  if (tonumber(watched) or 0) > now then redis.pcall('PUBLISH', hash .. '${END_CHANNEL}', '') end
end`

/**
 * `last_words` returns what is kept of a session that ends, with its former secrets: the time, and the reason. nil
 * where there is no reason, unless its owner ends it, so that slow requests of the same browser can be told.
 */
export const LAST_WORDS: string = /* lua */ `${FORMER_SECRETS}
local function last_words(former, secret, reason, by_owner)
  if not secret or reason == '' and not by_owner then return nil end
  local ended = string.format('%.0f', now_us())
  if reason ~= '' then ended = ended .. '=' .. reason end
  -- A key of another type must not keep a session alive.
  local known = redis.pcall('GET', former)
  if type(known) == 'table' then known = nil end
  return ended .. former_secrets(known, secret)
end

local function keep_last_words(former, words)
  if words then redis.call('SET', former, words, 'PX', ${FORMER_KEEP_FOR}) end
end`

/**
 * `end_session` deletes a session, keeps its last words, then publishes its end. It leaves a tombstone where the
 * session is so young that a client may still send its creation again.
 */
export const END_SESSION: string = /* lua */ `${TIME}${PUBLISH}${BURY_YOUNG}${LAST_WORDS}
local function end_session(hash, former, tombstone, created, watched, keep_for, words)
  local now = now_ms()
  -- Like DEL, but the server frees large values in the background.
  redis.call('UNLINK', hash, former)
  keep_last_words(former, words)
  bury_young(tombstone, created, now, keep_for)
  publish(hash, watched, now)
end`

/** A session that ended, and the values of all references in their order. */
export type EndedReply = ['deleted', ...values: (string | null)[]]

export interface EndedSession {
  readonly status: 'deleted'
  /** In the order of the references; `undefined` where it had no value. */
  readonly values: readonly (string | undefined)[]
}

export function toEndedSession([status, ...values]: EndedReply): EndedSession {
  return { status, values: values.map((value) => value ?? undefined) }
}
