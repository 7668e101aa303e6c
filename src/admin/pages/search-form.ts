import type { FieldView } from '../field-view.js'
import { html, type Html } from '../html.js'
import type { Page } from './layout.js'

interface SearchPage {
  readonly references: readonly string[]
  readonly view: FieldView
  /** What was searched for; `text` is the value as typed. */
  readonly field?: string | undefined
  readonly text?: string | undefined
  readonly error?: string | undefined
  readonly content?: Html | undefined
}

/** A page that begins with the search form. */
export function searchPage({ references, view, field, text, error, content }: SearchPage): Page {
  const options = references.map(
    (name) =>
      html`<option value="${name}" ${name === field && html`selected`}>
        ${view.label(name)}
      </option>`,
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
