import { STATUS_CODES } from 'node:http'
import { html, type Html } from './html.js'
import type { Job } from './jobs.js'
import { button, notice, type Page, sessions } from './layout.js'
import type { Found, Listing, Search, Values } from './search.js'
import { showTime, showValue, toHtml } from './values.js'

interface SearchPage {
  readonly references: readonly string[]
  /** What was typed, right or wrong. */
  readonly field?: string | undefined
  readonly text?: string | undefined
  readonly error?: string | undefined
  readonly content?: Html | undefined
}

/** The form, and what was found below it. */
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

/** Shows by the operator's own session what a value looks like, before anything is looked for. */
export function examples(own: readonly Search[]): Html | undefined {
  if (own.length === 0) return undefined
  const links = own.map((search) => html`<li>${link(search, named(search))}</li>`)
  return html`<p class="hint" id="examples">For example, as in your own session:</p>
    <ul aria-labelledby="examples">
      ${links}
    </ul>`
}

/** What a search found. */
export function listing(search: Search, found: Listing, own: string | undefined): Html {
  const { total } = found
  const shown = found.sessions?.length ?? 0
  const others = found.own ? total - 1 : total
  // One that is shown has a link of its own.
  const many = others > 1 || (others === 1 && shown === 0)
  return html`<section aria-labelledby="found">
    <header>
      <h2 id="found">${sessions(total)} with ${named(search)}</h2>
      ${
        many &&
        html`<a class="button danger" href="end-all?${search.query}">
          End ${others > 1 && 'all '}${sessions(others)}…
        </a>`
      }
    </header>
    ${
      found.sessions === undefined &&
      html`<p class="error">
        They cannot be shown: a field of one of them does not decode as it is declared. They can be
        ended.
      </p>`
    }
    <ul>
      ${found.sessions?.map((session) => item(search, session, session.id === own))}
    </ul>
    ${
      shown > 0 &&
      shown < total &&
      html`<p>And ${(total - shown).toLocaleString('en')} more, not shown here.</p>`
    }
  </section>`
}

function item(search: Search, { id, values, createdAt, expiresAt }: Found, own: boolean): Html {
  const began = showTime(createdAt)
  const end = html`<a class="button" href="end?${search.query}&amp;id=${id}">
    End…<span class="unseen"> the session that began ${began}</span>
  </a>`
  return html`<li class="card">
    <header>
      <h3>
        Began ${began}, ends ${showTime(expiresAt)}
        ${own && html`<span class="badge">Your session</span>`}
      </h3>
      ${!own && end}
    </header>
    ${details(values, id)}
  </li>`
}

function details(values: Values, id: string): Html {
  const parts = Object.entries(values).map(([name, value]) => {
    // In a row of its own, below: the others would be as tall as what does not fit in a column.
    const wide = showValue(value).length > 48
    return html`<div ${wide && html`class="wide"`}>
      <dt><bdi>${name}</bdi></dt>
      <dd><bdi>${toHtml(value)}</bdi></dd>
    </div>`
  })
  return html`<dl>${parts}</dl>
    <p class="hint">Session ${id}</p>`
}

/** Asks before one is ended; says so where that cannot be. */
export function confirmOnePage(
  search: Search,
  { id, values, own }: { id: string; values: Values | undefined; own: boolean },
  token: string,
): Page {
  if (own) return nothing(search, html`<p>This is your own session. Sign out to end it.</p>`)
  if (values === undefined) {
    return nothing(search, html`<p>This session has ended already.</p>`)
  }
  return card(
    'End 1 session?',
    html`<p>It ends at once and for good.</p>
      ${details(values, id)}
      <div class="actions">
        ${button(`end?${search.query}&id=${id}`, 'End 1 session', token, 'danger')}
        ${link(search, 'Cancel')}
      </div>`,
  )
}

/** Asks before all are ended. */
export function confirmPage(
  search: Search,
  { total, own }: Pick<Listing, 'total' | 'own'>,
  token: string,
): Page {
  const others = own ? total - 1 : total
  const keeps = own && html`<p>Your own session has this value too. It stays.</p>`
  if (others === 0) {
    const there = html`<p>There are no ${own && 'other '}sessions with ${named(search)}.</p>`
    return nothing(search, html`${there} ${keeps}`)
  }
  return card(
    `End ${sessions(others)}?`,
    html`<p>All ${own && 'other '}sessions with ${named(search)} end at once and for good.</p>
      ${keeps}
      <div class="actions">
        ${button(`end-all?${search.query}`, `End ${sessions(others)}`, token, 'danger')}
        ${link(search, 'Cancel')}
      </div>`,
  )
}

function nothing(search: Search, why: Html): Page {
  return card(
    'Nothing to end',
    html`${why}
      <p>${link(search, 'Back')}</p>`,
  )
}

/** How far a job is, or how it went. */
export function jobPage(job: Job, token: string): Page {
  const { id, state, ended, seen, total, search } = job
  if (state === 'running') {
    const part = total > 0 && html`value="${seen}" max="${total}"`
    const running = html`<p>With ${named(search)}.</p>
      <div id="bar">
        <progress aria-label="Sessions looked at" ${part}></progress>
        <p>${sessions(ended)} ended${total > 0 && `, of about ${total.toLocaleString('en')}`}.</p>
      </div>
      <div class="actions">
        ${button(`job?id=${id}`, 'Stop', token)}
        <a id="by-hand" href="job?id=${id}">Update</a>
      </div>`
    return { ...card('Ending sessions…', running), live: true }
  }
  const over = {
    done: ['Done', '.'],
    stopped: ['Stopped', ' before the stop. They stay ended; the others go on.'],
    failed: ['Not finished', ' before an error. They stay ended; try again for the rest.'],
  } as const
  const [title, more] = over[state]
  const count = `${state === 'failed' ? 'At least ' : ''}${sessions(ended)}`
  const result = notice(html`${count} with ${named(search)} ended${more}`)
  return card(
    title,
    html`${result}
      <p>${link(search, 'See what is left')}</p>`,
  )
}

const ERRORS: Readonly<Record<number, string>> = {
  401: 'Your session has ended, or its cookie was replaced a moment ago. Open the page again.',
  403: 'The form was too old, or it came from another site. Nothing was ended.',
  404: 'There is nothing at this address. If you were watching sessions end: that page is there for ten minutes, for the operator and on the server that began it. Find the sessions to see what is left.',
  429: 'Too much is being ended right now. Try again later.',
  503: 'The sessions cannot be reached right now. That does not mean that there are none. What was asked for may have been done.',
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

function named({ field, text }: Search): Html {
  return html`<strong>${field}</strong> <strong><bdi>${showValue(text)}</bdi></strong>`
}

function link({ query }: Search, text: Html | string): Html {
  return html`<a href="./?${query}">${text}</a>`
}
