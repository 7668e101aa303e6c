import { CREATED, SECRET, SLOT, WATCHED_UNTIL } from '../../../hash-fields.js'
import { END_SESSION } from '../lib/end.js'
import { encodeReason } from '../lib/former.js'
import { type RawRevokeReply, type RevokeInput, revokeKeys, toRevokeReply } from '../lib/revoke.js'
import { defineScript } from '../lib/script.js'

/**
 * Ends a session over the limit, if it still has the value and has not taken a later slot. Where it does not
 * have the value (yet), its tombstone says that a write which claimed that slot may not take it.
 *
 * KEYS: its hash, its former secrets, its tombstone.
 * ARGV: as bound below; then the names of all references.
 */
export const EVICT_CLUSTER = defineScript({
  lua: [
    END_SESSION,
    /* lua */ `
local hash, former, tombstone = KEYS[1], KEYS[2], KEYS[3]
local field, value, slot, bury_for, reason = unpack(ARGV, 1, 5)
local had = redis.call(
  'HMGET', hash, '${CREATED}', '${SECRET}', '${WATCHED_UNTIL}', field, '${SLOT}' .. field, unpack(ARGV, 6))
local created, secret, watched, has, took_slot = had[1], had[2], had[3], had[4], tonumber(had[5] or 0)
if not created or has ~= value or took_slot > tonumber(slot) then
  bury(tombstone, '${SLOT}' .. field .. ':' .. value, slot, now_ms(), bury_for)
  return {created and 'other' or 'gone'}
end
end_session(hash, former, tombstone, created, watched, bury_for, last_words(former, secret, reason))
return {'deleted', unpack(had, 6)}`,
  ],
  encode: (input: RevokeInput & { readonly slot: string }) => ({
    keys: revokeKeys(input),
    args: [
      input.reference.field,
      input.reference.value,
      input.slot,
      String(input.buryFor),
      encodeReason(input.reason),
      ...input.references,
    ],
  }),
  decode: (reply: RawRevokeReply) => toRevokeReply(reply),
})
