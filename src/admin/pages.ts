import { STATUS_CODES } from 'node:http'
import { html, type Html } from './html.js'
import { formatSessionCount, formatTime, formatValue, shorten } from './format.js'
import type { Job } from './jobs.js'
import { button, notice, type Page } from './layout.js'
import type { Found, Search, SearchResult, Values } from './search.js'

interface SearchPage {
  readonly references: readonly string[]
  /** As typed, with `text`. */
  readonly field?: string | undefined
  readonly text?: string | undefined
  readonly error?: string | undefined
  readonly content?: Html | undefined
}

export function searchPage({ references, field, text, error, content }: SearchPage): Page {
  const options = references.map(
    (name) => html`<option ${name === field && html`selected`}>${name}</option>`,
  )
  const described =
    error !== undefined && html`aria-invalid="true" aria-describedby="error" autofocus`
  return {
    title: 'Sessions',
    content: html`<h1>Sessions</h1>
      <form class="card search" method="get" action="./" role="search">
        <div>
          <label for="field">Find by</label>
          <select id="field" name="field">
            ${options}
          </select>
        </div>
        <div>
          <label for="value">Value</label>
          <input id="value" name="value" value="${text}" required autocomplete="off" ${described} />
        </div>
        <button class="primary">Find</button>
        ${error !== undefined && html`<p class="error" id="error" role="alert">${error}</p>`}
      </form>
      ${content}`,
  }
}

/** Values of the operator's own session, as links, before a search. */
export function exampleSearches(own: readonly Search[]): Html | undefined {
  if (own.length === 0) return undefined
  const links = own.map((search) => html`<li>${link(search, fieldAndValue(search))}</li>`)
  return html`<p class="hint" id="examples">For example, as in your own session:</p>
    <ul aria-labelledby="examples">
      ${links}
    </ul>`
}

/**
 * @param own - the id of the operator's session
 * @param hasHistory - whether there is a page of it to link
 */
export function searchResult(
  search: Search,
  found: SearchResult,
  own: string | undefined,
  hasHistory: boolean,
): Html {
  const { total } = found
  const shown = found.sessions?.length ?? 0
  const others = found.own ? total - 1 : total
  // A single session that is shown has a link of its own.
  const many = others > 1 || (others === 1 && shown === 0)
  return html`<section aria-labelledby="found">
    <header>
      <h2 id="found">${formatSessionCount(total)} with ${fieldAndValue(search)}</h2>
      <div class="actions">
        ${hasHistory && html`<a href="history?${search.query}">History</a>`}
        ${
          many &&
          html`<a class="button danger" href="end-all?${search.query}">
            End ${others > 1 && 'all '}${formatSessionCount(others)}…
          </a>`
        }
      </div>
    </header>
    ${
      found.sessions === undefined &&
      html`<p class="error">
        They cannot be shown, because a field of one of them does not decode as declared. They can
        still be ended.
      </p>`
    }
    <ul>
      ${found.sessions?.map((session) => sessionItem(search, session, session.id === own, hasHistory))}
    </ul>
    ${
      shown > 0 &&
      shown < total &&
      html`<p>And ${(total - shown).toLocaleString('en')} more, not shown here.</p>`
    }
  </section>`
}

function sessionItem(
  search: Search,
  { id, values, createdAt, expiresAt }: Found,
  own: boolean,
  hasHistory: boolean,
): Html {
  const began = formatTime(createdAt)
  const end = html`<a class="button" href="end?${search.query}&amp;id=${id}">
    End…<span class="unseen"> the session that began ${began}</span>
  </a>`
  const history = html`<a href="history?${search.query}&amp;id=${id}">
    History<span class="unseen"> of the session that began ${began}</span>
  </a>`
  return html`<li class="card">
    <header>
      <h3>
        Began ${began}, ends ${formatTime(expiresAt)}
        ${own && html`<span class="badge">Your session</span>`}
      </h3>
      ${(hasHistory || !own) && html`<div class="actions">${hasHistory && history} ${!own && end}</div>`}
    </header>
    ${details(values, id)}
  </li>`
}

function details(values: Values, id: string): Html {
  const parts = Object.entries(values).map(([name, value]) => {
    // A long value takes a row of its own, or the whole row would be as tall.
    const wide = shorten(value).length > 48
    return html`<div ${wide && html`class="wide"`}>
      <dt><bdi>${name}</bdi></dt>
      <dd><bdi>${formatValue(value)}</bdi></dd>
    </div>`
  })
  return html`<dl>${parts}</dl>
    <p class="hint">Session ${id}</p>`
}

export function confirmEndPage(
  search: Search,
  { id, values, own }: { id: string; values: Values | undefined; own: boolean },
  token: string,
): Page {
  if (own) {
    return nothingToEndPage(search, html`<p>This is your own session. Sign out to end it.</p>`)
  }
  if (values === undefined) {
    return nothingToEndPage(search, html`<p>This session has ended already.</p>`)
  }
  return card(
    'End 1 session?',
    html`<p>It ends immediately and for good.</p>
      ${details(values, id)}
      <div class="actions">
        ${button(`end?${search.query}&id=${id}`, 'End 1 session', token, 'danger')}
        ${link(search, 'Cancel')}
      </div>`,
  )
}

export function confirmEndAllPage(
  search: Search,
  { total, own }: Pick<SearchResult, 'total' | 'own'>,
  token: string,
): Page {
  const others = own ? total - 1 : total
  const keeps = own && html`<p>Your own session has this value too. It stays.</p>`
  if (others === 0) {
    const none = html`<p>There are no ${own && 'other '}sessions with ${fieldAndValue(search)}.</p>`
    return nothingToEndPage(search, html`${none} ${keeps}`)
  }
  return card(
    `End ${formatSessionCount(others)}?`,
    html`<p>
        All ${own && 'other '}sessions with ${fieldAndValue(search)} end immediately and for good.
      </p>
      ${keeps}
      <div class="actions">
        ${button(`end-all?${search.query}`, `End ${formatSessionCount(others)}`, token, 'danger')}
        ${link(search, 'Cancel')}
      </div>`,
  )
}

function nothingToEndPage(search: Search, reason: Html): Page {
  return card(
    'Nothing to end',
    html`${reason}
      <p>${link(search, 'Back')}</p>`,
  )
}

/** A job's progress, or its result. */
export function jobPage(job: Job, token: string): Page {
  const { id, state, ended, seen, total, search } = job
  if (state === 'running') {
    const part = total > 0 && html`value="${seen}" max="${total}"`
    const count = formatSessionCount(ended)
    const running = html`<p>With ${fieldAndValue(search)}.</p>
      <div id="bar">
        <progress aria-label="Sessions checked" ${part}></progress>
        <p>${count} ended${total > 0 && `, of about ${total.toLocaleString('en')}`}.</p>
      </div>
      <div class="actions">
        ${button(`job?id=${id}`, 'Stop', token)}
        <a id="by-hand" href="job?id=${id}">Update</a>
      </div>`
    return { ...card('Ending sessions…', running), live: true }
  }
  const results = {
    done: ['Done', '.'],
    stopped: ['Stopped', ' before the stop. They stay ended; the others were not touched.'],
    failed: ['Not finished', ' before an error. They stay ended; try again for the rest.'],
  } as const
  const [title, more] = results[state]
  const count = `${state === 'failed' ? 'At least ' : ''}${formatSessionCount(ended)}`
  const result = notice(html`${count} with ${fieldAndValue(search)} ended${more}`)
  return card(
    title,
    html`${result}
      <p>${link(search, 'See what is left')}</p>`,
  )
}

const ERRORS: Readonly<Record<number, string>> = {
  401: 'Your session has ended, or its cookie has just been replaced. Open the page again.',
  403: 'The form was too old, or it came from another site, or you are no longer authorised. Nothing was ended.',
  404: 'There is nothing at this address. A progress page is kept for ten minutes, by the server that started it and for the operator who did. Find the sessions to see what is left.',
  429: 'Too many sessions are being ended right now. Try again later.',
  503: 'The sessions cannot be reached right now. That does not mean that there are none. Your last action may have been carried out.',
}

export function errorPage(status: number): Page {
  const text = ERRORS[status] ?? 'That did not work.'
  return card(
    STATUS_CODES[status] ?? 'Error',
    html`<p>${text}</p>
      <p><a href="./">Find sessions</a></p>`,
  )
}

function card(title: string, content: Html): Page {
  return {
    title,
    content: html`<div class="card narrow">
      <h1>${title}</h1>
      ${content}
    </div>`,
  }
}

export function fieldAndValue({ field, text }: Search): Html {
  return html`<strong>${field}</strong> <strong><bdi>${shorten(text)}</bdi></strong>`
}

export function link({ query }: Search, text: Html | string): Html {
  return html`<a href="./?${query}">${text}</a>`
}
