import { CREATED, SECRET, WATCHED_UNTIL } from '../../../hash-fields.js'
import type { ValueKeys } from '../../../keys.js'
import type { Reference } from '../../../store.js'
import {
  type EndedReply,
  type EndedSession,
  LAST_WORDS,
  PUBLISH,
  toEndedSession,
} from '../lib/end.js'
import { encodeReason } from '../lib/former.js'
import { defineScript } from '../lib/script.js'
import { TIME } from '../lib/time.js'

interface Input {
  readonly reference: Reference
  readonly keys: ValueKeys
  readonly sessions: readonly { id: string; hash: string; former: string }[]
  readonly references: readonly string[]
  /** What the browsers are told. */
  readonly reason: string | undefined
}

export type Revoked =
  | EndedSession
  /** `other`: it does not have the value. */
  | { readonly status: 'gone' | 'other' }
  /** Its key holds something else. */
  | { readonly status: 'failed'; readonly error: string }

/**
 * Ends those of a set's sessions that have its value, and takes all of them out of the set but those that it
 * cannot read: one of these must not keep the others alive.
 *
 * KEYS: the set, its slots; for each session: its hash, its former secrets.
 * ARGV: as bound below; the ids; then the names of all references.
 *
 * No tombstone is left: the revocation time refuses a creation that a client sends again.
 */
export const REVOKE_PAGE = defineScript({
  lua: [
    TIME,
    PUBLISH,
    LAST_WORDS,
    /* lua */ `
local set, slots = KEYS[1], KEYS[2]
local field, value, count, reason = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local now = now_ms()
local replies, ended, words, watched, leaving = {}, {}, {}, {}, {}
for i = 1, count do
  local id, hash, former = ARGV[4 + i], KEYS[1 + 2 * i], KEYS[2 + 2 * i]
  local had = redis.pcall(
    'HMGET', hash, '${CREATED}', '${SECRET}', '${WATCHED_UNTIL}', field, unpack(ARGV, 5 + count))
  if had.err then
    replies[i] = {'failed', had.err}
  else
    leaving[#leaving + 1] = id
    if not had[1] then
      replies[i] = {'gone'}
    elseif had[4] ~= value then
      replies[i] = {'other'}
    else
      replies[i] = {'deleted', unpack(had, 5)}
      ended[#ended + 1] = hash
      ended[#ended + 1] = former
      watched[hash] = had[3]
      words[former] = last_words(former, had[2], reason)
    end
  end
end
if #leaving > 0 then
  redis.call('SREM', set, unpack(leaving))
  redis.call('ZREM', slots, unpack(leaving))
end
-- Like DEL, but the server frees large values in the background.
if #ended > 0 then redis.call('UNLINK', unpack(ended)) end
for i = 1, #ended, 2 do
  keep_last_words(ended[i + 1], words[ended[i + 1]])
  publish(ended[i], watched[ended[i]], now)
end
return replies`,
  ],
  encode: ({ reference, keys: { set, slots }, sessions, references, reason }: Input) => ({
    keys: [set, slots, ...sessions.flatMap(({ hash, former }) => [hash, former])],
    args: [
      reference.field,
      reference.value,
      String(sessions.length),
      encodeReason(reason),
      ...sessions.map(({ id }) => id),
      ...references,
    ],
  }),
  decode: (replies: (['gone' | 'other'] | ['failed', string] | EndedReply)[]): Revoked[] =>
    replies.map((reply) => {
      if (reply[0] === 'deleted') return toEndedSession(reply)
      if (reply[0] === 'failed') return { status: reply[0], error: reply[1] }
      return { status: reply[0] }
    }),
})
