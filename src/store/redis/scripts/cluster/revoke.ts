import { CREATED, SECRET, WATCHED_UNTIL } from '../../../hash-fields.js'
import { END_SESSION } from '../lib/end.js'
import { encodeReason } from '../lib/former.js'
import { type RawRevokeReply, type RevokeInput, revokeKeys, toRevokeReply } from '../lib/revoke.js'
import { defineScript } from '../lib/script.js'

/**
 * Ends a session that has a value. Where it does not have the value (yet), its tombstone says that a write which
 * joined the value's set before the revocation time may not take it.
 *
 * KEYS: its hash, its former secrets, its tombstone.
 * ARGV: as bound below; then the names of all references.
 */
export const REVOKE_CLUSTER = defineScript({
  lua: [
    END_SESSION,
    /* lua */ `
local hash, former, tombstone = KEYS[1], KEYS[2], KEYS[3]
local field, value, revoked_at, bury_for, reason = unpack(ARGV, 1, 5)
local had = redis.call('HMGET', hash, '${CREATED}', '${SECRET}', '${WATCHED_UNTIL}', field, unpack(ARGV, 6))
local created, secret, watched, has = unpack(had, 1, 4)
if not created or has ~= value then
  bury(tombstone, field .. ':' .. value, revoked_at, now_ms(), bury_for)
  return {created and 'other' or 'gone'}
end
end_session(hash, former, tombstone, created, watched, bury_for, last_words(former, secret, reason))
return {'deleted', unpack(had, 5)}`,
  ],
  encode: (input: RevokeInput & { readonly revokedAt: number }) => ({
    keys: revokeKeys(input),
    args: [
      input.reference.field,
      input.reference.value,
      String(input.revokedAt),
      String(input.buryFor),
      encodeReason(input.reason),
      ...input.references,
    ],
  }),
  decode: (reply: RawRevokeReply) => toRevokeReply(reply),
})
