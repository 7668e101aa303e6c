import type { FieldView } from '../field-view.js'
import { shorten } from '../format.js'
import { type HistoryEntry, MAX_HISTORY } from '../history.js'
import { html } from '../html.js'
import type { Search } from '../search.js'
import { eventTable } from './events.js'
import type { Page } from './layout.js'
import { fieldAndValue, linkButton } from './parts.js'

/** @param id - the session whose history it is; `undefined` for all sessions of the search */
export function historyPage(
  view: FieldView,
  search: Search,
  id: string | undefined,
  entries: readonly HistoryEntry[] | undefined,
): Page {
  const session = (one: string | undefined) => {
    if (one === undefined) return undefined
    if (one === id) return html`this one`
    const query = `${search.query}&${new URLSearchParams({ id: one }).toString()}`
    return html`<a href="history?${query}">Session ${shorten(one)}</a>`
  }
  return {
    title: 'History',
    content: html`<div class="head">
        <div>
          <h1>History</h1>
          <p>
            ${id === undefined ? html`Sessions with ${fieldAndValue(view, search)}` : html`Session ${id}`}.
            The newest comes first.
          </p>
        </div>
        <div class="actions">${linkButton(search, 'Back to the sessions')}</div>
      </div>
      <section class="card" aria-label="Events">
        ${entries === undefined && html`<p>No history is kept by ${view.label(search.field)}.</p>`}
        ${entries?.length === 0 && html`<p>Nothing is on record.</p>`}
        ${
          entries !== undefined &&
          entries.length > 0 &&
          eventTable({
            caption: 'History, the newest first',
            entries: entries.slice(0, MAX_HISTORY),
            view,
            session,
          })
        }
        ${
          entries !== undefined &&
          entries.length > MAX_HISTORY &&
          html`<p class="hint">What is older is not shown here.</p>`
        }
      </section>`,
  }
}
