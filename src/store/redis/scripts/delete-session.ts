import { CREATED, SECRET, WATCHED_UNTIL } from '../../hash-fields.js'
import { type Reference, SUPERSEDED_FOR } from '../../store.js'
import { END_SESSION, type EndedReply, type EndedSession, toEndedSession } from './lib/end.js'
import {
  encodeReason,
  isRefusalReply,
  REFUSAL,
  type RefusalReply,
  type Refused,
  toRefused,
} from './lib/former.js'
import { defineScript } from './lib/script.js'

interface Input {
  readonly hash: string
  readonly former: string
  readonly tombstone: string
  /** Left out: the operator, who needs no secret. */
  readonly secretHash: string | undefined
  /** How long ago the request began, ms. */
  readonly requestAge: number
  /** Ends the session only if it has this value. */
  readonly having: Reference | undefined
  /** What the browser is told. */
  readonly reason: string | undefined
  /** How long its tombstone stands, ms. */
  readonly buryFor: number
  readonly references: readonly string[]
}

/**
 * Ends one session, for its owner or an operator. An owner may hold a superseded secret: a request that signs out
 * wins over one that renews the secret meanwhile.
 *
 * KEYS: its hash, its former secrets, its tombstone.
 * ARGV: as bound below; then the names of all references.
 */
export const DELETE_SESSION = defineScript({
  lua: [
    END_SESSION,
    REFUSAL,
    /* lua */ `
local hash, former, tombstone = KEYS[1], KEYS[2], KEYS[3]
local given, request_age, bury_for, field, value, reason = unpack(ARGV, 1, 6)
local had = redis.call('HMGET', hash, '${SECRET}', '${CREATED}', '${WATCHED_UNTIL}', field, unpack(ARGV, 7))
local secret, created, watched, has = unpack(had, 1, 4)
if field ~= '' and has ~= value then return {'gone'} end
local refused = refusal(former, secret, created, given)
if refused then
  local may_end = created and refused[1] == 'superseded' and refused[2] / 1000 <= request_age + ${SUPERSEDED_FOR}
  if not may_end then return refused end
end
local words = last_words(former, secret, reason, given ~= '')
end_session(hash, former, tombstone, created, watched, bury_for, words)
return {'deleted', unpack(had, 5)}`,
  ],
  encode: (input: Input) => {
    const { hash, former, tombstone, secretHash = '', requestAge, having, buryFor } = input
    const age = String(Math.ceil(requestAge))
    return {
      keys: [hash, former, tombstone],
      args: [
        secretHash,
        age,
        String(buryFor),
        having?.field ?? '',
        having?.value ?? '',
        encodeReason(input.reason),
        ...input.references,
      ],
    }
  },
  decode: (reply: RefusalReply | EndedReply): EndedSession | Refused => {
    return isRefusalReply(reply) ? toRefused(reply) : toEndedSession(reply)
  },
})
