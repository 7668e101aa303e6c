import type { FieldView } from '../field-view.js'
import { formatTime, formatValue, shorten } from '../format.js'
import type { HistoryEntry } from '../history.js'
import { html, type Html } from '../html.js'

interface EventTable {
  readonly caption: string
  readonly entries: readonly HistoryEntry[]
  readonly view: FieldView
  /** The URL that a detail links to; `undefined` for none. */
  readonly linkOf?: (name: string, value: unknown) => string | undefined
  /** What the last column shows of an entry's session. Left out: there is no such column. */
  readonly session?: (id: string | undefined) => Html | undefined
}

export function eventTable({ caption, entries, view, linkOf, session }: EventTable): Html {
  const rows = entries.map(
    ({ at, event, id, details = {} }) =>
      html`<tr>
        <th scope="row"><bdi>${shorten(event)}</bdi></th>
        <td>${formatTime(new Date(at))}</td>
        <td>${detailList(details, view, linkOf)}</td>
        ${session !== undefined && html`<td>${session(id)}</td>`}
      </tr>`,
  )
  return html`<table class="events">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Event</th>
        <th scope="col">When</th>
        <th scope="col">Details</th>
        ${session !== undefined && html`<th scope="col">Session</th>`}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
}

function detailList(
  details: Readonly<Record<string, unknown>>,
  view: FieldView,
  linkOf: EventTable['linkOf'],
): Html | undefined {
  const items = Object.entries(details).flatMap(([name, value]) => {
    if (value === undefined) return []
    const shown = html`<bdi>${formatValue(value)}</bdi>`
    const href = linkOf?.(name, value)
    return html`<div>
      <dt><bdi>${view.label(name)}</bdi></dt>
      <dd>${href === undefined ? shown : html`<a href="${href}">${shown}</a>`}</dd>
    </div>`
  })
  return items.length === 0 ? undefined : html`<dl class="inline">${items}</dl>`
}
