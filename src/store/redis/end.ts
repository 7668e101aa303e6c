import { SessionError } from '../../errors.js'
import type { Reference } from '../store.js'
import { chunks } from './chunks.js'
import type { Call } from './connection.js'
import type { RedisContext } from './context.js'
import type { Reply } from './replies.js'
import { DELETE } from './scripts/delete.js'
import { tidy } from './set-protocol.js'

/** How many sessions one script ends on a single node: in less than a ms of the server's time. */
const TOGETHER = 100

/**
 * For how long, in ms, it is noted that a session has ended or may not take a value. A client that lost the
 * connection sends its creation again, or a write comes late that had joined its sets before.
 */
const NOTED_FOR = 60_000

/** Ends one session: with a secret's hash only its owner's. Modelled in test/model as 'delete'. */
export async function endSession(
  context: RedisContext,
  call: Call,
  id: string,
  secretHash: string,
): Promise<Reply> {
  const { keys, references } = context
  const replies = await call.run(DELETE, keys.ofSession(id), [
    secretHash,
    '',
    '',
    '',
    '',
    String(NOTED_FOR),
    '',
    '1',
    ...references,
  ])
  const [reply] = replies as [Reply]
  if (reply[0] === 'failed') throw unreadable(reply[1])
  return reply
}

/** Takes an ended session out of the sets of the references in the reply. */
export async function leaveSets(
  context: RedisContext,
  call: Call,
  id: string,
  [, ...values]: Reply,
): Promise<void> {
  const left = referencesOf(context, values)
  await tidy(Promise.all(left.map((one) => context.protocol.ended(call, one, [id]))))
}

/**
 * Why sessions of a set are ended: by the mark of a revokeAll, or as the seat is lost that was taken at this
 * time; one that has signed in again since then stays. On a cluster it is noted of those that have not the
 * set's value yet.
 */
export type Reason = { readonly mark: number } | { readonly seat: number }

/**
 * Ends those of a set's sessions that have its value, and takes them out of their sets. Modelled in
 * test/model as 'end', and what follows it.
 *
 * On a single node a revokeAll ends many together, as its mark refuses a creation that is sent again; of
 * one that is ended for another reason that is noted.
 *
 * @returns how many it ended, and the first failure
 */
export async function endPage(
  context: RedisContext,
  call: Call,
  reference: Reference,
  ids: readonly string[],
  reason: Reason,
): Promise<{ ended: number; failed: unknown }> {
  const { oneNode } = context.protocol
  const together = oneNode && 'mark' in reason
  const replies = await Promise.all(
    together
      ? chunks(ids, TOGETHER).map((part) => endTogether(context, call, reference, part))
      : ids.map((id) => endOne(context, call, reference, id, reason)),
  )
  const sets = new Map<string, { reference: Reference; ids: string[] }>()
  const gone: string[] = []
  let ended = 0
  let failed: unknown
  for (const [i, [status, ...values]] of replies.flat().entries()) {
    const id = ids[i] ?? ''
    if (status === 'gone') gone.push(id)
    if (status === 'failed') failed ??= values[0]
    if (status !== 'ended') continue
    ended++
    for (const one of referencesOf(context, values)) {
      // The script did this one already.
      if (together && one.field === reference.field) continue
      const key = context.keys.set(one.field, one.value)
      const set = sets.get(key) ?? { reference: one, ids: [] }
      set.ids.push(id)
      sets.set(key, set)
    }
  }
  const tidied = [...sets.values()].map((set) =>
    context.protocol.ended(call, set.reference, set.ids),
  )
  if (!oneNode && gone.length > 0) tidied.push(context.protocol.prune(call, reference, gone))
  await tidy(Promise.all(tidied))
  return { ended, failed }
}

/** By one script, which also takes them, and who does not belong there, out of the set. */
async function endTogether(
  { keys, references }: RedisContext,
  call: Call,
  { field, value }: Reference,
  ids: readonly string[],
): Promise<Reply[]> {
  const [set, , seats] = keys.ofValue(field, value)
  const named = ids.flatMap((id) => [keys.session(id), keys.superseded(id)])
  const args = ['', field, value, '', '', '0', '', String(ids.length), ...ids, ...references]
  return endBy(call, [...named, set, seats], args, ids.length)
}

async function endOne(
  { keys, references, protocol }: RedisContext,
  call: Call,
  { field, value }: Reference,
  id: string,
  reason: Reason,
): Promise<Reply[]> {
  const [note, time, seat] =
    'mark' in reason
      ? [`${field}:${value}`, String(reason.mark), '']
      : [`$seat:${field}:${value}`, String(reason.seat), String(reason.seat)]
  const noted = [protocol.oneNode ? '' : note, time, String(NOTED_FOR)]
  const args = ['', field, value, ...noted, seat, '1', ...references]
  return endBy(call, keys.ofSession(id), args, 1)
}

/** Never rejects: one that cannot be ended must not keep the others alive. */
async function endBy(
  call: Call,
  named: readonly string[],
  args: readonly string[],
  count: number,
): Promise<Reply[]> {
  try {
    const replies = (await call.run(DELETE, named, args)) as Reply[]
    return replies.map((reply) =>
      reply[0] === 'failed' ? ['failed', unreadable(reply[1])] : reply,
    )
  } catch (error) {
    return Array.from({ length: count }, () => ['failed', error])
  }
}

function unreadable(error: unknown): SessionError {
  const cause = new Error(String(error))
  return new SessionError('ERR_SESSION_STORE', 'Redis could not answer (see cause)', { cause })
}

function referencesOf(context: RedisContext, values: readonly unknown[]): Reference[] {
  return context.references.flatMap((field, i) => {
    const value = values[i]
    return typeof value === 'string' ? [{ field, value }] : []
  })
}
