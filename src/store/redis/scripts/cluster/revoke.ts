import { CREATED } from '../../../hash-fields.js'
import { END_SESSION } from '../lib/end.js'
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
local field, value, revoked_at, bury_for = unpack(ARGV, 1, 4)
local had = redis.call('HMGET', hash, '${CREATED}', field, unpack(ARGV, 5))
local created, has = had[1], had[2]
if not created or has ~= value then
  bury(tombstone, field .. ':' .. value, revoked_at, now_ms(), bury_for)
  return {created and 'other' or 'gone'}
end
end_session(hash, former, tombstone, created, bury_for)
return {'deleted', unpack(had, 3)}`,
  ],
  encode: (input: RevokeInput & { readonly revokedAt: number }) => ({
    keys: revokeKeys(input),
    args: [
      input.reference.field,
      input.reference.value,
      String(input.revokedAt),
      String(input.buryFor),
      ...input.references,
    ],
  }),
  decode: (reply: RawRevokeReply) => toRevokeReply(reply),
})
