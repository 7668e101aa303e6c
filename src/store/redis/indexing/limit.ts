import { limitReachedError } from '../../../errors.js'
import { LARGEST_LIMIT } from '../../store.js'
import type { Call } from '../client/connection.js'
import type { RedisContext } from '../context.js'
import type { JoinBlocked, JoinedSet, Slot } from '../scripts/lib/join.js'
import { OVER_LIMIT } from '../scripts/over-limit.js'
import { RELEASE_SLOTS } from '../scripts/release-slots.js'
import type { JoinRequest } from './join-request.js'

/**
 * Makes room in a full set: releases the slots of sessions that are gone or have another value. If all of them
 * live, the request evicts the oldest from now on. Another try is worthwhile once this resolves.
 *
 * @param createdWithin - age in ms from which an unconfirmed slot without a session is free
 * @throws `ERR_SESSION_LIMIT` with `onMax: 'refuse'`
 */
export async function makeRoom(
  { keys }: RedisContext,
  call: Call,
  join: JoinRequest,
  { slots, now }: Extract<JoinBlocked, { status: 'full' }>,
  createdWithin: number,
): Promise<void> {
  const { field, value } = join.reference
  const settled = slots.filter(([, takenAt]) => {
    // A time in the future is that of a node whose clock was ahead, before this one took over.
    const age = Math.abs(now - Number(takenAt))
    return isConfirmed(takenAt) || age >= 1000 * createdWithin
  })
  const values = await Promise.all(
    settled.map(([id]) => call.send('hget', [keys.session(id)], [field])),
  )
  const free = settled.filter((_, i) => values[i] !== value)
  if (free.length > 0) await releaseSlots(call, join, free)
  else if (join.onMax === 'refuse') throw limitReachedError(field)
  else join.claim = 'evict'
}

/**
 * Ends the sessions over the limit, for a session that has joined a set. They keep their slots until they have
 * ended, so the next sign-in goes on where this one breaks off.
 *
 * @param end - ends sessions, each if it has not taken a later slot
 */
export async function evictExcess(
  call: Call,
  join: JoinRequest,
  id: string,
  { excess, slot }: JoinedSet,
  end: (slots: readonly Slot[]) => Promise<{ failed: unknown }>,
): Promise<void> {
  const { keys, max, isRefusable, onMax } = join
  if (max === undefined || !isRefusable || onMax !== 'evict-oldest') return
  let over = excess
  while (over.length > 0) {
    const { failed } = await end(over)
    if (failed !== undefined) throw failed
    await releaseSlots(call, join, over)
    if (over.length < LARGEST_LIMIT) return
    over = await call.run(OVER_LIMIT, { keys, id, max, slot })
  }
}

/** Releases slots, unless their sessions have taken them again since. */
export async function releaseSlots(
  call: Call,
  { keys }: JoinRequest,
  slots: readonly Slot[],
): Promise<void> {
  await call.run(RELEASE_SLOTS, { keys, slots })
}

/** The time of a confirmed slot is odd: its session has been created. */
function isConfirmed(takenAt: string): boolean {
  return Number(takenAt) % 2 === 1
}
