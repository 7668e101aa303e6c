import type { FieldView } from '../field-view.js'
import { exactTime, formatSessionCount, formatTime } from '../format.js'
import { html, type Html } from '../html.js'
import type { Found, Search, SearchResult } from '../search.js'
import { fieldAndValue, link, term } from './parts.js'

/** What a table's cell shows without a value. */
const NOTHING = html`<span class="hint">–</span>`

interface Results {
  readonly view: FieldView
  readonly search: Search
  readonly found: SearchResult
  /** The id of the operator's session. */
  readonly own: string | undefined
  /** Whether the pages have a history to link to. */
  readonly hasHistory: boolean
  /** Searches that find the operator's own session. */
  readonly examples: readonly Search[]
}

export function searchResult(results: Results): Html {
  const { view, search, found } = results
  const { total, sessions } = found
  const shown = sessions?.length ?? 0
  return html`<section class="card" aria-labelledby="found">
    <div class="head">
      <div>
        <h2 id="found">${formatSessionCount(total)} with ${fieldAndValue(view, search)}</h2>
        ${
          found.own &&
          total > 1 &&
          html`<p class="hint">One of them is your own. It stays when you end the others.</p>`
        }
      </div>
      ${actions(results)}
    </div>
    ${
      sessions === undefined &&
      html`<p class="error">
        They cannot be shown, because a field of one of them does not decode as declared. They can
        still be ended.
      </p>`
    }
    ${total === 0 && nothingFound(results)} ${shown > 0 && sessionTable(results, sessions ?? [])}
    ${
      shown > 0 &&
      shown < total &&
      html`<p>And ${(total - shown).toLocaleString('en')} more, not shown here.</p>`
    }
  </section>`
}

function actions({ search, found, hasHistory }: Results): Html | undefined {
  const others = found.own ? found.total - 1 : found.total
  // A single session that is shown has its own link to end it.
  const many = others > 1 || (others === 1 && !found.sessions?.length)
  if (!hasHistory && !many) return undefined
  const which = found.own ? 'the other ' : others > 1 && 'all '
  return html`<div class="actions">
    ${hasHistory && html`<a class="button" href="history?${search.query}">History</a>`}
    ${
      many &&
      html`<a class="button danger" href="end-all?${search.query}">
        End ${which}${formatSessionCount(others)}…
      </a>`
    }
  </div>`
}

function nothingFound({ view, search, hasHistory, examples }: Results): Html {
  const others = examples.filter(({ query }) => query !== search.query)
  const links = others.map(
    (example) => html`<li>${link(example, fieldAndValue(view, example))}</li>`,
  )
  return html`<p>Nobody is signed in with it now. Sessions end by signing out, and with time.</p>
    <ul class="hints">
      <li>Check the value: it has to match as a whole, capitals too.</li>
      ${hasHistory && html`<li>See the history: sessions that have ended are in it.</li>`}
      ${
        links.length > 0 &&
        html`<li>
          Try what finds your own session:
          <ul>
            ${links}
          </ul>
        </li>`
      }
    </ul>`
}

function sessionTable(results: Results, sessions: readonly Found[]): Html {
  const { view } = results
  return html`<table class="sessions">
    <caption class="unseen">
      Sessions, the newest first
    </caption>
    <thead>
      <tr>
        ${headings(view).map((heading) => html`<th scope="col"><bdi>${heading}</bdi></th>`)}
        <th scope="col">Last active</th>
        <th scope="col">Ends</th>
        <th scope="col"><span class="unseen">Actions</span></th>
      </tr>
    </thead>
    ${sessions.map((session) => sessionRows(results, session))}
  </table>`
}

/** Without fields to show, a row begins with the session's id. */
function headings(view: FieldView): readonly string[] {
  return view.columns.length === 0 ? ['Session'] : view.columns.map((name) => view.label(name))
}

interface Cell {
  readonly label: string
  /** `undefined` where the session has no such field. */
  readonly shown: Html | string | undefined
  /** The field, if the cell shows all of its value. */
  readonly field?: string
}

function cellsOf(view: FieldView, { id, values }: Found): readonly Cell[] {
  if (view.columns.length === 0) return [{ label: 'Session', shown: id }]
  return view.columns.map((field) => {
    const label = view.label(field)
    const value = values[field]
    if (value === undefined) return { label, shown: undefined }
    const { shown, isCut } = view.cell(field, value)
    return isCut ? { label, shown } : { label, shown, field }
  })
}

function sessionRows({ view, search, own, hasHistory }: Results, session: Found): Html {
  const { id, bound, lastActiveAt, expiresAt } = session
  const isOwn = id === own
  const cells = cellsOf(view, session)
  const [first, ...rest] = cells
  const active = formatTime(lastActiveAt)
  const known = cells.flatMap(({ shown }) =>
    shown === undefined ? [] : [html`<bdi>${shown}</bdi>, `],
  )
  const about = html`<span class="unseen"> the session of ${known} active ${active}</span>`
  return html`<tbody>
    <tr>
      <th scope="row" data-label="${first?.label}">
        <bdi>${first?.shown ?? NOTHING}</bdi>
        ${isOwn && html`<span class="badge">Your session</span>`}
        ${bound && html`<span class="badge">Bound to its device</span>`}
      </th>
      ${rest.map(({ label, shown }) => html`<td data-label="${label}"><bdi>${shown ?? NOTHING}</bdi></td>`)}
      <td data-label="Last active">${active}</td>
      <td data-label="Ends">${formatTime(expiresAt)}</td>
      <td class="row-actions">
        ${hasHistory && html`<a class="button" href="history?${search.query}&amp;id=${id}">History${about}</a>`}
        ${!isOwn && html`<a class="button" href="end?${search.query}&amp;id=${id}">End…${about}</a>`}
      </td>
    </tr>
    <tr class="more">
      <td colspan="${cells.length + 3}">${details(view, session, cells)}</td>
    </tr>
  </tbody>`
}

/** All that the row does not show in full. */
function details(view: FieldView, session: Found, cells: readonly Cell[]): Html {
  const { id, values, createdAt, signedInAt, lastActiveAt, expiresAt } = session
  const terms = Object.entries(values)
    .filter(([name]) => cells.every(({ field }) => field !== name))
    .map(([name, value]) => term(view.label(name), view.value(name, value)))
  return html`<details>
    <summary>Details</summary>
    <dl>
      ${terms} ${term('Created', exactTime(createdAt))}
      ${signedInAt !== undefined && term('Signed in', exactTime(signedInAt))}
      ${term('Last active', exactTime(lastActiveAt))} ${term('Ends', exactTime(expiresAt))}
      ${term('Session', id)}
    </dl>
  </details>`
}
