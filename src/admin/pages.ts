import { STATUS_CODES } from 'node:http'
import { html, type Html } from './html.js'
import type { Job } from './jobs.js'
import { button, layout, sessions } from './layout.js'
import type { Found, Listing, Search } from './search.js'
import { showTime, showValue } from './values.js'

interface SearchPage {
  readonly references: readonly string[]
  /** What was typed, right or wrong. */
  readonly field?: string | undefined
  readonly text?: string | undefined
  readonly error?: string | undefined
  readonly notice?: string | undefined
  readonly content?: Html | undefined
}

/** The form, and what was found below it. */
export function searchPage(page: SearchPage): string {
  const { references, field, text, error, notice, content } = page
  const options = references.map(
    (name) => html`<option ${name === field && html`selected`}>${name}</option>`,
  )
  const described = error !== undefined && html`aria-invalid="true" aria-describedby="error"`
  return layout(
    'Sessions',
    html`<h1>Sessions</h1>
      ${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
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
  )
}

/** What a search found. */
export function listing(
  search: Search,
  found: Listing,
  own: string | undefined,
  token: string,
): Html {
  const { total } = found
  const shown = found.sessions?.length ?? 0
  const others = found.own ? total - 1 : total
  return html`<section aria-labelledby="found">
    <header>
      <h2 id="found">${sessions(total)} with ${named(search)}</h2>
      ${
        others > 0 &&
        html`<a class="button danger" href="end-all?${search.query}">
          End all ${others.toLocaleString('en')}…
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
    ${shown > 0 && shown < total && html`<p class="hint">The first ${shown} are shown.</p>`}
    <ul>
      ${found.sessions?.map((session) => item(search, session, session.id === own, token))}
    </ul>
  </section>`
}

function item(search: Search, session: Found, own: boolean, token: string): Html {
  const { id, values, createdAt, expiresAt } = session
  const fields = Object.entries(values).map(
    ([name, value]) =>
      html`<div>
        <dt><bdi>${name}</bdi></dt>
        <dd><bdi>${showValue(value)}</bdi></dd>
      </div>`,
  )
  const end = button({
    action: `end?${search.query}`,
    text: 'End',
    about: id,
    token,
    fields: html`<input type="hidden" name="id" value="${id}" />`,
  })
  return html`<li class="card">
    <header>
      <h3><code>${id}</code> ${own && html`<span class="badge">Your session</span>`}</h3>
      ${!own && end}
    </header>
    <dl>
      <div>
        <dt>Created</dt>
        <dd>${showTime(createdAt)}</dd>
      </div>
      <div>
        <dt>Expires</dt>
        <dd>${showTime(expiresAt)}</dd>
      </div>
      ${fields}
    </dl>
  </li>`
}

/** Asks before all are ended. */
export function confirmPage(
  search: Search,
  { total, own }: Pick<Listing, 'total' | 'own'>,
  token: string,
): string {
  const others = own ? total - 1 : total
  const keeps = own && html`<p>Your own session has this value too. It stays.</p>`
  const content =
    others > 0
      ? html`<h1>End ${sessions(others)}?</h1>
          <p>All ${own && 'other '}sessions with ${named(search)} end at once and for good.</p>
          ${keeps}
          <div class="actions">
            ${button({
              action: `end-all?${search.query}`,
              text: `End ${sessions(others)}`,
              kind: 'danger',
              token,
            })}
            ${back(search, 'Cancel')}
          </div>`
      : html`<h1>Nothing to end</h1>
          <p>There are no ${own && 'other '}sessions with ${named(search)}.</p>
          ${keeps}
          <p>${back(search, 'Back')}</p>`
  return layout('End sessions', html`<div class="card narrow">${content}</div>`)
}

/** How far a job is, or how it went. */
export function jobPage(job: Job, token: string): string {
  const { state, ended, seen, total, search } = job
  const part = total > 0 && html`value="${seen}" max="${total}"`
  const running = html`<h1>Ending sessions…</h1>
    <p>With ${named(search)}. This page keeps up by itself.</p>
    <progress aria-label="Sessions looked at" ${part}></progress>
    <p role="status">
      ${sessions(ended)}
      ended${total > 0 && `, ${seen.toLocaleString('en')} of ${total.toLocaleString('en')} seen`}.
    </p>
    ${button({ action: `job?id=${job.id}`, text: 'Stop', token })}`
  const over = {
    done: ['Done', ''],
    stopped: ['Stopped', ' before the stop. They stay ended; the others go on.'],
    failed: ['Not finished', ' before an error. They stay ended; try again for the rest.'],
  }
  if (state === 'running') {
    return layout('Ending sessions', html`<div class="card narrow">${running}</div>`, true)
  }
  const [title, more] = over[state]
  const count = `${state === 'failed' ? 'At least ' : ''}${sessions(ended)}`
  const result = html`<h1>${title}</h1>
    <p role="status">${count} with ${named(search)} ended${more === '' ? '.' : more}</p>
    <p>${back(search, 'See what is left')}</p>`
  return layout(title ?? '', html`<div class="card narrow">${result}</div>`)
}

const ERRORS: Readonly<Record<number, string>> = {
  401: 'Your session has ended, or its cookie was replaced a moment ago. Open the page again.',
  403: 'The form was too old, or it came from another site. Nothing was ended.',
  404: 'There is nothing here. What ends many sessions is known for ten minutes after it is over, to the process and the operator that started it.',
  429: 'Too much is being ended right now. Try again later.',
  503: 'The sessions cannot be reached right now. That does not mean that there are none. What was asked for may have been done.',
}

export function errorPage(status: number): string {
  const title = STATUS_CODES[status] ?? 'Error'
  const text = ERRORS[status] ?? 'That did not work.'
  return layout(
    title,
    html`<div class="card narrow">
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a href="./">Find sessions</a></p>
    </div>`,
  )
}

function named({ field, text }: Search): Html {
  return html`<strong>${field}</strong> <strong><bdi>${showValue(text)}</bdi></strong>`
}

function back({ query }: Search, text: string): Html {
  return html`<a href="./?${query}">${text}</a>`
}
