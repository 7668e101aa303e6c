import { CREATED, SECRET } from '../../hash-fields.js'
import { type Reference, SUPERSEDED_FOR } from '../../store.js'
import { END_SESSION, type EndedReply, type EndedSession, toEndedSession } from './lib/end.js'
import {
  FORMER_KEEP_FOR,
  FORMER_SECRETS,
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
  /** How long its tombstone stands, ms. */
  readonly buryFor: number
  readonly references: readonly string[]
}

/**
 * Ends one session, for its owner or an operator. An owner may hold a superseded secret: a request that signs out
 * wins over one that renews the secret meanwhile. An owner's end is kept with the former secrets, so that slow
 * requests of the same browser can be told.
 *
 * KEYS: its hash, its former secrets, its tombstone.
 * ARGV: as bound below; then the names of all references.
 */
export const DELETE_SESSION = defineScript({
  lua: [
    END_SESSION,
    REFUSAL,
    FORMER_SECRETS,
    /* lua */ `
local hash, former, tombstone = KEYS[1], KEYS[2], KEYS[3]
local given, request_age, bury_for, field, value = unpack(ARGV, 1, 5)
local had = redis.call('HMGET', hash, '${SECRET}', '${CREATED}', field, unpack(ARGV, 6))
local secret, created, has = had[1], had[2], had[3]
if field ~= '' and has ~= value then return {'gone'} end
local refused = refusal(former, secret, created, given)
if refused then
  local may_end = created and refused[1] == 'superseded' and refused[2] / 1000 <= request_age + ${SUPERSEDED_FOR}
  if not may_end then return refused end
end
local secrets = given ~= '' and secret and former_secrets(former, secret)
end_session(hash, former, tombstone, created, bury_for)
if secrets then redis.call('SET', former, string.format('%.0f', now_us()) .. secrets, 'PX', ${FORMER_KEEP_FOR}) end
return {'deleted', unpack(had, 4)}`,
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
        ...input.references,
      ],
    }
  },
  decode: (reply: RefusalReply | EndedReply): EndedSession | Refused => {
    return isRefusalReply(reply) ? toRefused(reply) : toEndedSession(reply)
  },
})
