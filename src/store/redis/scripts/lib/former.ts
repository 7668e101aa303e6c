import { FORMER_FOR, type Refusal } from '../../../store.js'
import type { Integer } from './script.js'

/**
 * The former secrets of a session, in one string: when it ended (µs) or nothing, then HASH:TIME of each secret, the
 * newest first, with the time at which it was replaced (µs). One request may renew twice, and a slow one may hold
 * an older secret, so the last sixteen are kept. The end is kept where its owner ended it, or where it has a reason,
 * which follows after an equals sign, in base64url.
 *
 * `former_secrets` returns the string with one more secret.
 */
export const FORMER_SECRETS: string = /* lua */ `
local function former_secrets(known, secret)
  local entry = ' ' .. secret .. ':' .. string.format('%.0f', now_us())
  return string.sub(entry .. string.gsub(known or '', '^[^ ]*', ''), 1, 16 * #entry)
end`

/**
 * `former_refusal` and `refusal` return why the holder of a secret's hash may not write the session, or nil:
 *
 *   {'gone'}                                   it has ended or expired, or the secret never was its own
 *   {'superseded', µs since the secret was replaced}
 *   {'ended', µs since it ended, the reason}   the reason is for the holder of its last secret; '' for others
 *
 * A `given` of '' is the operator, who needs no secret. The comparison need not take constant time: callers cannot
 * choose a hash, so its duration tells nothing.
 */
export const FORMER_REFUSAL: string = /* lua */ `
local function former_refusal(former, created, given)
  local known = redis.call('GET', former)
  local at = known and string.find(known, ' ' .. given .. ':', 1, true)
  if not at then return {'gone'} end
  local ended_at, reason = string.match(known, '^(%d+)=?([^ ]*)')
  if ended_at then
    local is_last = not string.find(string.sub(known, 1, at - 1), ' ', 1, true)
    return {'ended', now_us() - ended_at, is_last and reason or ''}
  end
  if not created then return {'gone'} end
  return {'superseded', now_us() - string.match(known, '^%d+', at + #given + 2)}
end`

export const REFUSAL: string = /* lua */ `${FORMER_REFUSAL}
local function refusal(former, secret, created, given)
  if created and (given == '' or secret == given) then return nil end
  return given == '' and {'gone'} or former_refusal(former, created, given)
end`

export const FORMER_KEEP_FOR: string = String(FORMER_FOR)

export type RefusalReply =
  | ['gone']
  | ['unproven']
  | ['superseded', ago: Integer]
  | ['ended', ago: Integer, reason: string]

/** A refusal before it is known when the request began. `ago` in ms. */
export interface Refused {
  readonly status: Refusal
  readonly ago: number
  /** Why the session ended; `undefined` where nobody said so. */
  readonly reason: string | undefined
}

const REFUSALS: ReadonlySet<unknown> = new Set<Refusal>(['gone', 'superseded', 'ended', 'unproven'])

export function isRefusalReply(reply: readonly unknown[]): reply is RefusalReply {
  return REFUSALS.has(reply[0])
}

export function toRefused([status, ago = 0, reason = '']: RefusalReply): Refused {
  return { status, ago: Number(ago) / 1000, reason: decodeReason(reason) }
}

/** The reason of an end as scripts keep it: without spaces. '' for none. */
export function encodeReason(reason: string | undefined): string {
  return reason === undefined ? '' : Buffer.from(reason).toString('base64url')
}

function decodeReason(reason: string): string | undefined {
  return reason === '' ? undefined : Buffer.from(reason, 'base64url').toString()
}
