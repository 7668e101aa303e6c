import { END_CHANNEL } from '../../../keys.js'
import { TIME } from './time.js'
import { BURY_YOUNG } from './tombstone.js'

/**
 * `publish` tells the listeners of a session (see end-subscriber.ts) that it has ended, has another secret, or
 * expires sooner than before. A user without the right to PUBLISH ends sessions all the same, hence `pcall`.
 */
export const PUBLISH: string = /* lua */ `
local function publish(hash) redis.pcall('PUBLISH', hash .. '${END_CHANNEL}', '') end`

/**
 * `end_session` deletes a session, then publishes its end. It leaves a tombstone where the session is so young
 * that a client may still send its creation again.
 */
export const END_SESSION: string = /* lua */ `${TIME}${PUBLISH}${BURY_YOUNG}
local function end_session(hash, former, tombstone, created, keep_for)
  local now = now_ms()
  -- Like DEL, but the server frees large values in the background.
  redis.call('UNLINK', hash, former)
  bury_young(tombstone, created, now, keep_for)
  publish(hash)
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
