import { CREATED } from '../../../hash-fields.js'
import type { ValueKeys } from '../../../keys.js'
import type { Reference } from '../../../store.js'
import { type EndedReply, type EndedSession, PUBLISH, toEndedSession } from '../lib/end.js'
import { defineScript } from '../lib/script.js'

interface Input {
  readonly reference: Reference
  readonly keys: ValueKeys
  readonly sessions: readonly { id: string; hash: string; former: string }[]
  readonly references: readonly string[]
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
    PUBLISH,
    /* lua */ `
local set, slots = KEYS[1], KEYS[2]
local field, value, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local replies, ended, leaving = {}, {}, {}
for i = 1, count do
  local id, hash, former = ARGV[3 + i], KEYS[1 + 2 * i], KEYS[2 + 2 * i]
  local had = redis.pcall('HMGET', hash, '${CREATED}', field, unpack(ARGV, 4 + count))
  if had.err then
    replies[i] = {'failed', had.err}
  else
    leaving[#leaving + 1] = id
    if not had[1] then
      replies[i] = {'gone'}
    elseif had[2] ~= value then
      replies[i] = {'other'}
    else
      replies[i] = {'deleted', unpack(had, 3)}
      ended[#ended + 1] = hash
      ended[#ended + 1] = former
    end
  end
end
if #leaving > 0 then
  redis.call('SREM', set, unpack(leaving))
  redis.call('ZREM', slots, unpack(leaving))
end
-- Like DEL, but the server frees large values in the background.
if #ended > 0 then redis.call('UNLINK', unpack(ended)) end
for i = 1, #ended, 2 do publish(ended[i]) end
return replies`,
  ],
  encode: ({ reference: { field, value }, keys: { set, slots }, sessions, references }: Input) => ({
    keys: [set, slots, ...sessions.flatMap(({ hash, former }) => [hash, former])],
    args: [field, value, String(sessions.length), ...sessions.map(({ id }) => id), ...references],
  }),
  decode: (replies: (['gone' | 'other'] | ['failed', string] | EndedReply)[]): Revoked[] =>
    replies.map((reply) => {
      if (reply[0] === 'deleted') return toEndedSession(reply)
      if (reply[0] === 'failed') return { status: reply[0], error: reply[1] }
      return { status: reply[0] }
    }),
})
