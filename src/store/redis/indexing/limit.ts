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
 * Ends the sessions over the limits, for a session that has joined its sets. They keep their slots until they have
 * ended, so the next sign-in goes on where this one breaks off.
 *
 * The smallest limit comes first: a session that it ends may satisfy the others, so they are asked again.
 *
 * @param end - ends sessions of a set, each if it has not taken a later slot
 */
export async function evictExcess(
  call: Call,
  id: string,
  joined: readonly { readonly join: JoinRequest; readonly set: JoinedSet }[],
  end: (join: JoinRequest, slots: readonly Slot[]) => Promise<{ failed: unknown }>,
): Promise<void> {
  let evicted = false
  for (const { join, max, set } of evictingSets(joined)) {
    const { keys } = join
    const ask = () => call.run(OVER_LIMIT, { keys, id, max, slot: set.slot })
    let over = evicted && set.excess.length > 0 ? await ask() : set.excess
    while (over.length > 0) {
      const { failed } = await end(join, over)
      if (failed !== undefined) throw failed
      await releaseSlots(call, join, over)
      evicted = true
      over = over.length < LARGEST_LIMIT ? [] : await ask()
    }
  }
}

function evictingSets(joined: readonly { readonly join: JoinRequest; readonly set: JoinedSet }[]) {
  return joined
    .flatMap(({ join, set }) =>
      join.max !== undefined && join.isRefusable && join.onMax === 'evict-oldest'
        ? [{ join, set, max: join.max }]
        : [],
    )
    .toSorted((one, other) => one.max - other.max)
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
