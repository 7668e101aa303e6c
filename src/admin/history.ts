import { setTimeout as sleep } from 'node:timers/promises'
import type { FieldValue } from '../index.js'
import type { Search } from './search.js'

/** How many entries the page of a history shows. */
export const MAX_HISTORY = 50

const MAX_RECENT = 10

/** How long the first page waits for recent entries, ms: a slow log must not hold up the search form. */
const RECENT_WAIT = 2_000

/** What an operator wants to know the history of. */
export interface HistoryQuery {
  /** The name of a reference. */
  readonly field: string
  /** Its value, as `Session.find` takes it. */
  readonly value: FieldValue
  /** The session's id; `undefined` asks for all sessions that had the value. */
  readonly id: string | undefined
}

/** Something that happened to a session. */
export interface HistoryEntry {
  /** When; in ms since 1970, or a `Date`. */
  readonly at: number | Date
  /** What, in a word or two: `'signed-in'`. */
  readonly event: string
  /** The session's id. */
  readonly id?: string | undefined
  /** Shown with their names; those that are `undefined` are not. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

type Entries = AsyncIterable<HistoryEntry> | Promise<readonly HistoryEntry[] | undefined>

/**
 * Returns the history: entries, the newest first. No more of an iterable is read than is shown. `undefined`: none is
 * kept of this reference.
 */
export type History = (query: HistoryQuery) => Entries

/** Returns the latest entries of all sessions, the newest first. */
export type Recent = () => AsyncIterable<HistoryEntry> | Promise<readonly HistoryEntry[]>

/** @returns the entries to show, and one more if there are more */
export async function readHistory(
  history: History,
  { field, value }: Search,
  id: string | undefined,
): Promise<HistoryEntry[] | undefined> {
  return readFirst(history({ field, value, id }), MAX_HISTORY + 1)
}

/** @returns `'unknown'` if they cannot be read, after `onError` was called with the error */
export async function readRecent(
  recent: Recent,
  onError: (error: unknown) => void,
): Promise<HistoryEntry[] | 'unknown'> {
  const read = async (): Promise<HistoryEntry[] | 'unknown'> => {
    try {
      return (await readFirst(recent(), MAX_RECENT)) ?? []
    } catch (error) {
      onError(error)
      return 'unknown'
    }
  }
  const late = sleep(RECENT_WAIT, undefined, { ref: false })
  const entries = await Promise.race([read(), late])
  if (entries !== undefined) return entries
  onError(new Error(`options.recent of admin has not answered within ${RECENT_WAIT} ms`))
  return 'unknown'
}

async function readFirst(returned: Entries, count: number): Promise<HistoryEntry[] | undefined> {
  const given = Symbol.asyncIterator in returned ? returned : await returned
  if (given === undefined) return undefined
  const entries: HistoryEntry[] = []
  for await (const entry of given) {
    entries.push(entry)
    if (entries.length === count) break
  }
  return entries
}
