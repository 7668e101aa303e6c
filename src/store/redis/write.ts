import { SessionError, underWay } from '../../errors.js'
import { idleTime } from '../lifetime.js'
import {
  type Changes,
  type Lifetime,
  MOST_SEATS,
  type Reference,
  type Refusal,
  type Update,
  type Updated,
} from '../store.js'
import type { Call } from './connection.js'
import { type RedisContext, referencesAmong } from './context.js'
import { flatEntries } from './replies.js'
import { Admission } from './admission.js'
import { endPage } from './end.js'
import { CREATE } from './scripts/create.js'
import { UPDATE } from './scripts/update.js'
import { WRITE } from './scripts/write.js'
import { type Joined, type LostSeat, tidy } from './set-protocol.js'

/** How often somebody else may change a reference while one update looks for its sets. */
const MOST_TRIES = 10

/** Makes a session. `undefined`: the id is in use. */
export async function createSession(
  context: RedisContext,
  id: string,
  secretHash: string | undefined,
  changes: Changes,
): Promise<Lifetime | undefined> {
  const { connection, keys, policy, protocol } = context
  const call = connection.call()
  const { set = new Map<string, string>(), increment, maxAge, since } = changes
  const values = increment === undefined ? set : new Map(set).set(increment.name, increment.by)
  const joins = referencesAmong(context, values).map(
    (reference) => new Admission(keys, policy, reference, since),
  )
  const ttl = idleTime(policy, { maxAge, empty: values.size === 0, age: 0 })
  const [status, ...rest] = await protocol.write(call, {
    script: CREATE,
    id,
    keys: [keys.session(id), keys.noted(id)],
    joins,
    ttl,
    args: (joined) => {
      const own = maxAge === undefined ? 0 : 1
      const args = [id, secretHash ?? '', String(ttl), String(values.size + own)]
      for (const [name, value] of values) args.push(name, value)
      if (maxAge !== undefined) args.push('$maxAge', String(maxAge))
      if (joined === undefined) {
        for (const join of joins) args.push(...join.args())
        for (const { reference } of joins) args.push(reference.field)
      } else if (joins.length > 0) {
        args.push(String(joined.until), String(joined.writeUntil))
        for (const { join, mark, seat } of joined.sets) args.push(...join.noted(mark, seat))
      }
      return args
    },
  })
  if (status === 'exists') return undefined
  if (status === 'late') throw late()
  if (status !== 'ok') throw await notLetIn(context, call, id, status, rest)
  await welcomed(context, call, id, joins, rest.slice(1))
  return { expiresIn: ttl, expiresAt: Number(rest[0]), ownMaxAge: maxAge !== undefined }
}

/** Changes a live session. */
export async function updateSession(
  context: RedisContext,
  id: string,
  update: Update,
): Promise<Updated | Refusal> {
  const { connection, keys, policy, protocol } = context
  const call = connection.call()
  if (setsFieldsOnly(context, update)) {
    const written = await writeFields(context, call, id, update)
    if (written !== 'join') return written
  }
  const { set = new Map<string, string>(), since } = update
  const asking = (reference: Reference) =>
    new Admission(keys, policy, reference, set.has(reference.field) ? since : undefined)
  let joins = referencesAmong(context, set).map(asking)
  const own = [keys.session(id), keys.superseded(id)]
  let ttl = update.maxAge ?? policy.maxAge
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const [status, ...rest] = await protocol.write(call, {
      script: UPDATE,
      id,
      keys: protocol.oneNode ? own : [...own, keys.noted(id)],
      joins,
      ttl,
      args: updateArguments(context, id, update, joins),
    })
    if (status === 'ok') return finish(context, call, id, joins, rest)
    if (status === 'gone' || status === 'superseded') return status
    if (status === 'not-integer') {
      throw new SessionError(
        'ERR_SESSION_FIELD',
        `the field "${update.increment?.name}" does not hold a whole number of 64 bits`,
      )
    }
    if (status === 'late') throw late()
    if (status !== 'join') throw await notLetIn(context, call, id, status, rest)
    // Nothing was done, as the session would outlive its membership in sets that this write
    // does not name. Name them. For another turn somebody has to change a reference meanwhile.
    const [needed, ...current] = rest as [unknown, ...string[]]
    ttl = Number(needed)
    joins = referencesAmong(context, new Map(flatEntries(current))).map(asking)
  }
  throw late()
}

/** Whether an update is of the most frequent kind, for which there is a script of fewer words. */
function setsFieldsOnly({ references }: RedisContext, update: Update): boolean {
  const { set, unset, increment, maxAge, renewal } = update
  if (set === undefined || set.size === 0 || (unset !== undefined && unset.length > 0)) return false
  if (increment !== undefined || maxAge !== undefined || renewal !== undefined) return false
  for (const name of references) if (set.has(name)) return false
  return true
}

/** Sets fields that are no references. `'join'`: nothing was done, this takes an update in full. */
async function writeFields(
  { keys, policy, references }: RedisContext,
  call: Call,
  id: string,
  { secretHash = '', set = new Map() }: Update,
): Promise<Updated | Refusal | 'join'> {
  const args = [secretHash, String(policy.maxAge), text(policy.absoluteMaxAge)]
  args.push(String(references.length), ...references)
  for (const [name, value] of set) args.push(name, value)
  const reply = await call.run(WRITE, [keys.session(id), keys.superseded(id)], args)
  const [status, expiresIn, expiresAt, wouldHaveExpiredAt, own] = reply as [
    'ok' | Refusal | 'join',
    ...number[],
  ]
  if (status !== 'ok') return status
  return {
    expiresIn: Number(expiresIn),
    expiresAt: Number(expiresAt),
    wouldHaveExpiredAt: Number(wouldHaveExpiredAt),
    ownMaxAge: Number(own) === 1,
    renewed: false,
  }
}

/** The arguments that ./scripts/update.ts describes. */
function updateArguments(
  context: RedisContext,
  id: string,
  update: Update,
  joins: readonly Admission[],
): (joined?: Joined) => string[] {
  const { policy, references } = context
  const { set = new Map<string, string>(), unset = [], increment, renewal } = update
  const plans = references.flatMap((name) => [
    name,
    policy.references.get(name)?.rotate === true ? '1' : '0',
    plan(name, set, unset, joins),
  ])
  return (joined) => {
    const args = [id, update.secretHash ?? '', String(policy.maxAge), String(policy.emptyMaxAge)]
    args.push(text(update.maxAge), text(policy.absoluteMaxAge), text(joined?.until))
    args.push(renewal?.when ?? '', renewal?.secretHash ?? '')
    args.push(increment?.name ?? '', increment?.by ?? '')
    args.push(String(references.length), ...plans, text(joined?.writeUntil))
    if (joined === undefined) for (const join of joins) args.push(...join.args())
    else for (const { join, mark, seat } of joined.sets) args.push(join.joinedUnder(mark), seat)
    args.push(String(set.size))
    for (const [name, value] of set) args.push(name, value)
    args.push(...unset)
    return args
  }
}

/** What becomes of one reference. */
function plan(
  name: string,
  set: ReadonlyMap<string, string>,
  unset: readonly string[],
  joins: readonly Admission[],
): string {
  const value = set.get(name)
  if (value !== undefined) return `=${value}`
  if (unset.includes(name)) return '-'
  const joined = joins.find(({ reference }) => reference.field === name)
  return joined === undefined ? '' : `~${joined.reference.value}`
}

async function finish(
  context: RedisContext,
  call: Call,
  id: string,
  joins: readonly Admission[],
  reply: readonly unknown[],
): Promise<Updated> {
  const [expiresIn = 0, expiresAt = 0, wouldHaveExpiredAt = 0, own, renewed] = reply
    .slice(0, 5)
    .map(Number)
  const [incremented, left, ...welcomes] = reply.slice(5) as [string | null, string[], ...unknown[]]
  for (const [field, value] of flatEntries(left)) {
    await tidy(context.protocol.left(call, { field, value }, id))
  }
  await welcomed(context, call, id, joins, welcomes)
  return {
    expiresIn,
    expiresAt,
    wouldHaveExpiredAt,
    ownMaxAge: own === 1,
    renewed: renewed === 1,
    incremented: incremented ?? undefined,
  }
}

/** Ends those that are too many, and looks whether the members still live that the sets name. */
async function welcomed(
  context: RedisContext,
  call: Call,
  id: string,
  joins: readonly Admission[],
  welcomes: readonly unknown[],
): Promise<void> {
  for (const [i, join] of joins.entries()) {
    // Nothing where the reply to a command that was sent again names no sets.
    const [sample = [], over = [], seat] = (welcomes[i] ?? []) as [string[]?, string[]?, unknown?]
    if (join.evicts && over.length > 0) {
      join.confirm(String(seat))
      await evict(context, call, join, id, over)
    }
    if (sample.length > 0) await tidy(context.protocol.prune(call, join.reference, sample))
  }
}

/**
 * Ends those that are too many for a session, `over` being their ids and the time of each one's seat.
 * Modelled in test/model as 'evict'.
 */
async function evict(
  context: RedisContext,
  call: Call,
  join: Admission,
  id: string,
  over: readonly string[],
): Promise<void> {
  for (let others = over; others.length > 0; others = await join.stillOver(call, id)) {
    const outcomes = await Promise.all(
      flatEntries(others).map(([one, taken]) =>
        endPage(context, call, join.reference, [one], { seat: Number(taken) }),
      ),
    )
    // They keep their seats, so the next sign-in tries again.
    for (const { failed } of outcomes) if (failed !== undefined) throw failed
    await join.unseat(call, others)
    if (others.length < 2 * MOST_SEATS) return
  }
}

/** The error of a sign-in that was not let in after all. Modelled in test/model as 'undo'. */
async function notLetIn(
  context: RedisContext,
  call: Call,
  id: string,
  status: string,
  rest: readonly unknown[],
): Promise<SessionError> {
  if (status === 'revoked') return underWay()
  // It lost its seat in the meantime. A part of a sign-in is none.
  for (const { reference, seat } of status === 'evicted' ? (rest as LostSeat[]) : []) {
    const { failed } = await endPage(context, call, reference, [id], { seat: Number(seat) })
    if (failed !== undefined) throw failed
  }
  return new SessionError('ERR_SESSION_REVOKED', 'this session was ended while it was being made')
}

/** Redis is so slow, or a reference changes so often, that a session outruns its sets. */
function late(): SessionError {
  return new SessionError('ERR_SESSION_STORE', 'the sets of this session could not be kept in step')
}

function text(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}
