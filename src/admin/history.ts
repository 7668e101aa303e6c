import type { FieldValue } from '../index.js'
import { formatTime, formatValue, shorten } from './format.js'
import { html, type Html } from './html.js'
import type { Page } from './layout.js'
import { fieldAndValue, link } from './pages.js'
import type { Search } from './search.js'

const MAX_SHOWN = 50

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

/**
 * Where the history comes from: entries, the newest first. No more of an iterable is read than is shown. `undefined`:
 * none is kept of this reference.
 */
export type History = (
  query: HistoryQuery,
) => AsyncIterable<HistoryEntry> | Promise<readonly HistoryEntry[] | undefined>

export async function readHistory(
  history: History,
  { field, value }: Search,
  id: string | undefined,
): Promise<HistoryEntry[] | undefined> {
  const returned = history({ field, value, id })
  const given = Symbol.asyncIterator in returned ? returned : await returned
  if (given === undefined) return undefined
  const entries: HistoryEntry[] = []
  for await (const entry of given) {
    entries.push(entry)
    if (entries.length > MAX_SHOWN) break
  }
  return entries
}

/** @param id - of the session whose history it is; `undefined` for all of the search's */
export function historyPage(
  search: Search,
  id: string | undefined,
  entries: readonly HistoryEntry[] | undefined,
): Page {
  return {
    title: 'History',
    content: html`<h1>History</h1>
      <p>
        ${id === undefined ? html`Sessions with ${fieldAndValue(search)}` : html`Session ${id}`}.
        The newest comes first. ${link(search, 'Back to the sessions')}
      </p>
      ${entries === undefined && html`<p>No history is kept by ${search.field}.</p>`}
      ${entries?.length === 0 && html`<p>Nothing is on record.</p>`}
      <ul>
        ${entries?.slice(0, MAX_SHOWN).map((entry) => item(search, entry, id))}
      </ul>
      ${entries !== undefined && entries.length > MAX_SHOWN && html`<p>What is older is not shown here.</p>`}`,
  }
}

function item(search: Search, { at, event, id, details }: HistoryEntry, of?: string): Html {
  const parts = Object.entries(details ?? {}).map(
    ([name, value]) =>
      value !== undefined &&
      html`<div>
        <dt><bdi>${name}</bdi></dt>
        <dd><bdi>${formatValue(value)}</bdi></dd>
      </div>`,
  )
  const query = `${search.query}&${new URLSearchParams({ id: String(id) }).toString()}`
  const session = html`<a href="history?${query}">Session ${shorten(id)}</a>`
  return html`<li class="card">
    <h2>${shorten(event)}, ${formatTime(new Date(at))}</h2>
    <dl>${parts}</dl>
    ${id !== undefined && id !== of && html`<p class="hint">${session}</p>`}
  </li>`
}
