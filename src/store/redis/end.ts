import { SessionError } from '../../errors.js'
import { chunks } from './chunks.js'
import type { Call } from './connection.js'
import type { RedisContext } from './context.js'
import { DELETE } from './scripts/delete.js'
import { type Reference, type Reply, tidy } from './set-protocol.js'

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

/** Why those may not take a set's value that have joined it, and have not the value yet: see scripts/script.ts. */
export type Note = { readonly mark: number } | { readonly seat: number } | undefined

/**
 * Ends those of a set's sessions that have its value, and takes them out of their sets. Modelled in
 * test/model as 'end', and what follows it.
 *
 * @param note - what to note on a cluster of those that have not the value
 * @returns how many it ended, and the first failure: never rejects, as one that cannot be ended must
 * not keep the others alive
 */
export async function endPage(
  context: RedisContext,
  call: Call,
  reference: Reference,
  ids: readonly string[],
  note?: Note,
): Promise<{ ended: number; failed: unknown }> {
  const { oneNode } = context.protocol
  const parts = chunks(ids, oneNode ? TOGETHER : 1)
  const replies = await Promise.all(
    parts.map((part) => endSome(context, call, reference, part, note)),
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
      if (oneNode && one.field === reference.field) continue
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

/** By one script; on a single node it also takes them, and who does not belong there, out of the set. */
async function endSome(
  context: RedisContext,
  call: Call,
  { field, value }: Reference,
  ids: readonly string[],
  note: Note,
): Promise<Reply[]> {
  const { keys, references, protocol } = context
  const named = ids.flatMap((id) => keys.ofSession(id))
  const args = ['', field, value, ...noting(field, value, protocol.oneNode ? undefined : note)]
  args.push(String(NOTED_FOR), String(ids.length))
  if (protocol.oneNode) {
    const [set, , seats] = keys.ofValue(field, value)
    named.push(set, seats)
    args.push(...ids)
  }
  try {
    const replies = (await call.run(DELETE, named, [...args, ...references])) as Reply[]
    return replies.map((reply) =>
      reply[0] === 'failed' ? ['failed', unreadable(reply[1])] : reply,
    )
  } catch (error) {
    return ids.map(() => ['failed', error])
  }
}

/** What is noted, by which name, and the number. */
function noting(field: string, value: string, note: Note): [name: string, number: string] {
  if (note === undefined) return ['', '']
  return 'mark' in note
    ? [`${field}:${value}`, String(note.mark)]
    : [`$seat:${field}:${value}`, String(note.seat)]
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
