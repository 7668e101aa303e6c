import { CREATED, INDEXED, SECRET, SIGNED_IN } from '../../../hash-fields.js'
import { fieldArguments, type NewSession } from '../lib/create.js'
import { ADD_ID, type Join, type JoinedSet, toJoinedSet } from '../lib/join.js'
import { defineScript, type Integer } from '../lib/script.js'

interface Input {
  readonly session: NewSession
  readonly joins: readonly Join[]
}

type Reply =
  /** Nothing was done: use the script of ./create.ts. */
  | { readonly status: 'needs-checks' }
  | {
      readonly status: 'created'
      readonly expiresAt: number
      /** In the order of the joins; none where there is nothing to prune. */
      readonly joined: readonly JoinedSet[]
    }

/** The most arguments that the script can pass to one command. */
const MOST_ARGUMENTS = 1000

/** Whether this script can create the session: one that signs in, to values without a limit. */
export function isSimple({ secretHash, fields, adoption }: NewSession, joins: readonly Join[]) {
  return (
    secretHash !== undefined &&
    adoption === undefined &&
    joins.length > 0 &&
    joins.every(({ startedAfter, max }) => startedAfter === '' && max === undefined) &&
    2 * (fields.length + joins.length) < MOST_ARGUMENTS
  )
}

/**
 * Creates a session and puts it into its sets, as most sign-ins do: the fast path of ./create.ts. It does nothing if
 * closer checks are needed: the id is or was in use, or a value has a revocation time.
 *
 * KEYS: its hash, its tombstone; for each set to join its revocation time; then the sets.
 * ARGV: as bound below; then all fields and their values.
 *
 * It has a single helper function: Lua makes functions anew in each run, which costs as much as a command.
 */
export const CREATE_SIMPLE = defineScript({
  lua: [
    /* lua */ `
local hash, joins = KEYS[1], #KEYS / 2 - 1
if redis.call('EXISTS', unpack(KEYS, 1, 2 + joins)) > 0 then return {'needs-checks'} end
local id, secret, signs_in, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local seconds, us = unpack(redis.call('TIME'))
local now, hold_for = seconds * 1000 + math.floor(us / 1000), 2 * ttl
local sampled
local reply = {'created', now + ttl}
for j = 3 + joins, #KEYS do
  local set = KEYS[j]${ADD_ID}
  sampled = sampled or members
  reply[j - joins] = members or {}
end
local function write(...)
  redis.call(
    'HSET', hash, '${CREATED}', now, '${SECRET}', secret, '${INDEXED}', now + hold_for, ...)
end
if signs_in == '1' then
  write('${SIGNED_IN}', now, unpack(ARGV, 5))
else
  write(unpack(ARGV, 5))
end
redis.call('PEXPIREAT', hash, now + ttl)
return sampled and reply or now + ttl`,
  ],
  encode: ({ session, joins }: Input) => {
    const { id, hash, tombstone, secretHash = '', signsIn, ttl } = session
    const keys = [hash, tombstone]
    const args = [id, secretHash, signsIn ? '1' : '', String(ttl)]
    for (const join of joins) {
      keys.push(join.keys.revoked)
      args.push(join.reference.field, join.reference.value)
    }
    for (const join of joins) keys.push(join.keys.set)
    args.push(...fieldArguments(session))
    return { keys, args }
  },
  decode: (
    reply: ['needs-checks'] | ['created', Integer, ...members: string[][]] | Integer,
  ): Reply => {
    if (!Array.isArray(reply)) return { status: 'created', expiresAt: Number(reply), joined: [] }
    if (reply[0] === 'needs-checks') return { status: reply[0] }
    const [status, expiresAt, ...sampled] = reply
    return {
      status,
      expiresAt: Number(expiresAt),
      joined: sampled.map((members) => toJoinedSet([members])),
    }
  },
})
