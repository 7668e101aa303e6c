import { CREATED, SECRET, WATCHED_UNTIL } from '../../../hash-fields.js'
import type { ValueKeys } from '../../../keys.js'
import type { Reference } from '../../../store.js'
import { type EndedSession, LAST_WORDS, PUBLISH } from '../lib/end.js'
import { encodeReason } from '../lib/former.js'
import { defineScript, type Integer } from '../lib/script.js'
import { TIME } from '../lib/time.js'

interface Input {
  readonly reference: Reference
  readonly keys: ValueKeys
  readonly sessions: readonly { id: string; hash: string; former: string }[]
  readonly references: readonly string[]
  /** What the browsers are told. */
  readonly reason: string | undefined
}

interface Revoked {
  readonly ended: readonly (EndedSession & { readonly id: string })[]
  /** The error of the first key that holds something else. */
  readonly error: string | undefined
}

/**
 * Ends those of a set's sessions that have its value, and takes all of them out of the set but those that it
 * cannot read: one of these must not keep the others alive.
 *
 * KEYS: the set, its slots; for each session: its hash, its former secrets.
 * ARGV: as bound below; the ids; then the names of all references.
 *
 * The reply is flat, because a nested one would take longer than all the rest: the first error or '', the number of
 * references; then the id of each session that has ended, and its values of all references.
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
local ended, words, watched, leaving = {}, {}, {}, {}
local references = #ARGV - 4 - count
local reply = {'', references}
for i = 1, count do
  local id, hash, former = ARGV[4 + i], KEYS[1 + 2 * i], KEYS[2 + 2 * i]
  local had = redis.pcall(
    'HMGET', hash, '${CREATED}', '${SECRET}', '${WATCHED_UNTIL}', field, unpack(ARGV, 5 + count))
  if had.err then
    if reply[1] == '' then reply[1] = had.err end
  else
    leaving[#leaving + 1] = id
    if had[1] and had[4] == value then
      ended[#ended + 1] = hash
      ended[#ended + 1] = former
      words[former] = last_words(former, had[2], reason)
      if had[3] then watched[hash] = had[3] end
      reply[#reply + 1] = id
      for r = 1, references do reply[#reply + 1] = had[4 + r] end
    end
  end
end
-- The sessions first: whatever fails after that leaves dead ids in a set, never a living session outside it.
-- Like DEL, but the server frees large values in the background.
if #ended > 0 then redis.call('UNLINK', unpack(ended)) end
for hash, till in pairs(watched) do publish(hash, till, now) end
for former, last in pairs(words) do keep_last_words(former, last) end
if #leaving > 0 then
  redis.call('SREM', set, unpack(leaving))
  redis.call('ZREM', slots, unpack(leaving))
end
return reply`,
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
  decode: ([error, references, ...flat]: [string, Integer, ...(string | null)[]]): Revoked => {
    const size = 1 + Number(references)
    const ended: Revoked['ended'][number][] = []
    for (let i = 0; i < flat.length; i += size) {
      const values = flat.slice(i + 1, i + size).map((value) => value ?? undefined)
      ended.push({ id: flat[i] ?? '', status: 'deleted', values })
    }
    return { ended, error: error === '' ? undefined : error }
  },
})
