import type { Reference } from '../store.js'
import type { Admission } from './admission.js'
import type { Call } from './connection.js'
import type { Reply } from './replies.js'
import type { Script } from './scripts/script.js'

/** A script that writes one session, and the sets that have to hold it from then on. */
export interface SetWrite {
  readonly script: Script
  readonly id: string
  /** The session's own keys. */
  readonly keys: readonly string[]
  readonly joins: readonly Admission[]
  /** How long the session will live if nothing touches it, ms. */
  readonly ttl: number
  /** The script's arguments; on a cluster they tell of the sets that were joined before. */
  readonly args: (joined?: Joined) => readonly string[]
}

/** What a script on a cluster has to know of the sets. */
export interface Joined {
  /** Until when they are sure to hold the session, ms. */
  readonly until: number
  /** Until when the session may take their values, ms. */
  readonly writeUntil: number | undefined
  readonly sets: readonly Joining[]
}

/** A set that was joined on a cluster. */
export interface Joining {
  readonly join: Admission
  /** When, µs of its node's clock. */
  readonly at: number
  /** The mark of the last revokeAll that it saw then. */
  readonly mark: string
  /** The time of the seat that it claimed; '' for none. */
  readonly seat: string
  /** Whether it had none before. */
  readonly tookSeat: boolean
}

/** A seat that a session had lost when it asked to confirm it, and when it was taken. */
export interface LostSeat {
  readonly reference: Reference
  readonly seat: string
}

/**
 * How sessions and sets are kept in step. On a single node one script sees both; on a cluster they
 * live on different nodes.
 *
 * **The hash is the truth. A set never misses a living session; it may hold a dead one for a while.**
 * So whoever reads a set looks at the hash, and what is left over in a set only costs memory.
 */
export interface SetProtocol {
  /** Whether one script can look at several sessions and their sets. */
  readonly oneNode: boolean

  /**
   * Writes a session so that its sets hold it once this resolves. After `ok` comes what the script
   * replied, and then what `join` in scripts/script.ts returns for each set. After `evicted` come
   * the seats that it lost (`LostSeat`): it was written, and has to be ended if it still has one of
   * those values, by that seat.
   *
   * @throws `ERR_SESSION_REVOKED`, `ERR_SESSION_LIMIT` where a set does not let it in; nothing was done
   */
  write(call: Call, write: SetWrite): Promise<Reply>

  /** Takes a session out of a set whose value it had before. */
  left(call: Call, reference: Reference, id: string): Promise<void>

  /** Takes sessions out of a set that have just been ended. */
  ended(call: Call, reference: Reference, ids: readonly string[]): Promise<void>

  /** Takes out of a set those of its members that are surely gone. */
  prune(call: Call, reference: Reference, ids: readonly string[]): Promise<void>
}

/**
 * Waits for work that only saves memory. What the caller asked for is done by now, so a failure
 * must not say otherwise; whoever reads the set next does the work again.
 */
export async function tidy(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch {
    // Left over for the next one.
  }
}
