import { CREATED, SECRET } from '../../hash-fields.js'
import type { Refusal } from '../../store.js'
import { END_SESSION, type EndedReply, type EndedSession, toEndedSession } from './lib/end.js'
import { defineScript } from './lib/script.js'
import { REFUSAL } from './lib/secret.js'

interface Input {
  readonly hash: string
  readonly superseded: string
  readonly tombstone: string
  /** Left out: the operator, who needs no secret. */
  readonly secretHash: string | undefined
  /** How long its tombstone stands, ms. */
  readonly buryFor: number
  readonly references: readonly string[]
}

/**
 * Ends one session, for its owner or an operator.
 *
 * KEYS: its hash, its superseded secrets, its tombstone.
 * ARGV: as bound below; then the names of all references.
 */
export const DELETE_SESSION = defineScript({
  lua: [
    END_SESSION,
    REFUSAL,
    /* lua */ `
local hash, superseded, tombstone = KEYS[1], KEYS[2], KEYS[3]
local given, bury_for = ARGV[1], ARGV[2]
local had = redis.call('HMGET', hash, '${SECRET}', '${CREATED}', unpack(ARGV, 3))
local secret, created = had[1], had[2]
local refused = refusal(superseded, secret, created, given, now_ms())
if refused then return {refused} end
end_session(hash, superseded, tombstone, created, bury_for)
return {'ended', unpack(had, 3)}`,
  ],
  encode: ({ hash, superseded, tombstone, secretHash = '', buryFor, references }: Input) => ({
    keys: [hash, superseded, tombstone],
    args: [secretHash, String(buryFor), ...references],
  }),
  decode: (reply: [Refusal] | EndedReply): EndedSession | { readonly status: Refusal } =>
    reply[0] === 'ended' ? toEndedSession(reply) : { status: reply[0] },
})
