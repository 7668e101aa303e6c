import {
  BINDING,
  CREATED,
  INDEXED,
  MAX_AGE,
  SECRET,
  SIGNED_IN,
  SLOT,
} from '../../../hash-fields.js'
import { ADOPTED_SLACK } from '../../../store.js'
import { WITH_ARGUMENTS } from './arguments.js'

/**
 * Writes the hash of a new session. `own` has the library's fields and the references, flat; the other fields
 * begin at ARGV[first].
 */
export const WRITE_HASH: string = /* lua */ `${WITH_ARGUMENTS}
local function write_hash(hash, own, first, ends)
  local last = math.min(first + 999, #ARGV)
  for a = first, last do own[#own + 1] = ARGV[a] end
  redis.call('HSET', hash, unpack(own))
  with_arguments('HSET', hash, last + 1, #ARGV)
  redis.call('PEXPIREAT', hash, ends)
end

local function own_fields(now, secret, signs_in, indexed)
  local own = {'${CREATED}', now}
  if secret ~= '' then own[#own + 1] = '${SECRET}'; own[#own + 1] = secret end
  if signs_in == '1' then own[#own + 1] = '${SIGNED_IN}'; own[#own + 1] = now end
  if indexed then own[#own + 1] = '${INDEXED}'; own[#own + 1] = indexed end
  return own
end

local function own_reference(own, field, value, slot)
  own[#own + 1] = field
  own[#own + 1] = value
  if slot and slot ~= '' then own[#own + 1] = '${SLOT}' .. field; own[#own + 1] = slot end
end`

/** A session to create. */
export interface NewSession {
  readonly id: string
  readonly hash: string
  readonly tombstone: string
  /** Left out: an operator's session, which no cookie opens. */
  readonly secretHash: string | undefined
  /** Time to live, ms. */
  readonly ttl: number
  /** All fields but the references, the session's own idle timeout, and its binding. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly maxAge: number | undefined
  readonly binding: string | undefined
  readonly signsIn: boolean
  /** Left out: the session is not adopted. */
  readonly adoption: Adoption | undefined
}

/** The key that says that an id was adopted, and when its old cookie is over, ms since 1970. */
export interface Adoption {
  readonly key: string
  readonly until: number
}

/**
 * An adopted id is not created again once its session has ended. `was_adopted` says so, `mark_adopted` sees to it.
 * The key is the last of KEYS; both arguments are '' for other sessions.
 */
export const MARK_ADOPTED: string = /* lua */ `
local function was_adopted(old_until) return old_until ~= '' and redis.call('EXISTS', KEYS[#KEYS]) == 1 end
local function mark_adopted(old_until, keep_for)
  if old_until ~= '' then redis.call('SET', KEYS[#KEYS], old_until, 'PX', keep_for) end
end`

/** The last key, if there is one. */
export function adoptionKey({ adoption }: NewSession): string[] {
  return adoption === undefined ? [] : [adoption.key]
}

/** The two arguments of `mark_adopted`. */
export function adoptionArguments({ adoption }: NewSession): string[] {
  if (adoption === undefined) return ['', '']
  const { until } = adoption
  return [String(until), String(Math.ceil(until - Date.now()) + ADOPTED_SLACK)]
}

/** The fields as the last arguments. */
export function fieldArguments({ fields, maxAge, binding }: NewSession): string[] {
  const args: string[] = []
  for (const [name, value] of fields) args.push(name, value)
  if (maxAge !== undefined) args.push(MAX_AGE, String(maxAge))
  if (binding !== undefined) args.push(BINDING, binding)
  return args
}
