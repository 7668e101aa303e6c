import type { FieldView } from '../field-view.js'
import { formatSessionCount } from '../format.js'
import { html, type Html } from '../html.js'
import type { Search, SearchResult, Values } from '../search.js'
import { button, card, type Page } from './layout.js'
import { fieldAndValue, linkButton, term } from './parts.js'

interface ToEnd {
  readonly id: string
  readonly values: Values | undefined
  /** Whether it is the operator's own. */
  readonly own: boolean
}

export function confirmEndPage(
  view: FieldView,
  search: Search,
  { id, values, own }: ToEnd,
  token: string,
): Page {
  if (own) {
    return nothingToEndPage(search, html`<p>This is your own session. Sign out to end it.</p>`)
  }
  if (values === undefined) {
    return nothingToEndPage(search, html`<p>This session has ended already.</p>`)
  }
  const terms = Object.entries(values).map(([name, value]) =>
    term(view.label(name), view.value(name, value)),
  )
  return card(
    'End 1 session?',
    html`<p>It ends immediately and for good. Its user can sign in again.</p>
      <dl>${terms} ${term('Session', id)}</dl>
      <div class="actions">
        ${button(`end?${search.query}&id=${id}`, 'End 1 session', token, 'danger')}
        ${linkButton(search, 'Cancel')}
      </div>`,
  )
}

export function confirmEndAllPage(
  view: FieldView,
  search: Search,
  { total, own }: Pick<SearchResult, 'total' | 'own'>,
  token: string,
): Page {
  const others = own ? total - 1 : total
  const keeps = own && html`<p>Your own session has this value too. It stays.</p>`
  const what = fieldAndValue(view, search)
  if (others === 0) {
    const none = html`<p>There are no ${own && 'other '}sessions with ${what}.</p>`
    return nothingToEndPage(search, html`${none} ${keeps}`)
  }
  return card(
    `End ${formatSessionCount(others)}?`,
    html`<p>All ${own && 'other '}sessions with ${what} end immediately and for good.</p>
      ${keeps}
      <div class="actions">
        ${button(`end-all?${search.query}`, `End ${formatSessionCount(others)}`, token, 'danger')}
        ${linkButton(search, 'Cancel')}
      </div>`,
  )
}

function nothingToEndPage(search: Search, reason: Html): Page {
  return card(
    'Nothing to end',
    html`${reason}
      <div class="actions">${linkButton(search, 'Back')}</div>`,
  )
}
